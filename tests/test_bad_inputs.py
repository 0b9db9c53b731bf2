"""Bad, odd and hostile files: a fixed sample of every class, answered in this process."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from benchmarks.judging import Answer, Bad, faults, generate, index, sample, template
from benchmarks.soak import Canary
from layers.quarantine import kept
from tests.conftest import run_command

MOST = 60


class Corpus:
    """The generated files, the project they are imported into, and who called the canary."""

    def __init__(self, folder: Path, canary: Canary) -> None:
        self.canary = canary
        self.files = generate(folder / "corpus", canary.url)
        self.base = template(folder / "base", folder / "corpus")

    def answer(self, bad: Bad, work: Path) -> Answer:
        copytree(self.base, work / "p", dirs_exist_ok=True)
        before = (work / "p" / "project.gpkg").read_bytes()
        done = run_command("import", work / "p", bad.layer, bad.path, "--json")
        kept_of_it = (work / "p" / "project.gpkg").read_bytes() != before
        return Answer(done.code, done.out, done.err, stored=kept_of_it)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    canary = Canary()
    with kept():
        yield Corpus(tmp_path_factory.mktemp("bad"), canary)
    canary.close()


def test_a_sample_of_every_class_is_answered_as_it_should(corpus: Corpus, tmp_path: Path) -> None:
    chosen = sample(corpus.files, MOST)
    assert {bad.cls for bad in chosen} == {bad.cls for bad in corpus.files}
    wrong = []
    for number, bad in enumerate(chosen):
        answer = corpus.answer(bad, tmp_path / str(number))
        wrong += [f"{bad.name}: {fault}" for fault in faults(bad, answer)]
    assert wrong == []
    assert corpus.canary.requests == []


def test_public_files_are_answered_as_they_should(
    corpus: Corpus, shared: Path, tmp_path: Path
) -> None:
    wrong = []
    for number, bad in enumerate(sample(index(shared / "bad_inputs" / "public"), 12)):
        answer = corpus.answer(bad, tmp_path / str(number))
        wrong += [f"{bad.name}: {fault}" for fault in faults(bad, answer)]
    assert wrong == []


# ------------------------------------------------------------ the judge itself


def bad(expect: str, *also: str) -> Bad:
    return Bad(Path("x.csv"), "x.csv", "c", "w", expect, also)


def told(status: str, **more: Any) -> Answer:
    import json

    said = {"status": status, "layer": "l", "rows_read": 2, "rows_stored": 2, "findings": []}
    return Answer(int(status == "refused"), json.dumps(said | more), "")


def finding(code: str, severity: str = "warning", rows: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"code": code, "severity": severity, "layer": "l", "rows": list(rows)}


@pytest.mark.parametrize(
    ("expect", "answer", "fault"),
    [
        (bad("reject"), told("accepted"), "answer"),
        (bad("accept"), told("refused"), "answer"),
        (bad("accept"), told("warned", findings=[finding("x")]), "answer"),
        (bad("warn"), told("warned"), "answer"),
        (bad("accept"), told("accepted", rows_read=3), "rows"),
        (bad("reject"), Answer(1, "", "Traceback (most recent call last)"), "crash"),
        (bad("reject"), Answer(-11, "", ""), "crash"),
        (bad("reject"), Answer(1, "", ""), "crash"),
        (bad("accept"), Answer(0, "root:x:0:0", ""), "crash"),
        (bad("reject"), Answer(1, "", "x.csv: root:x:0:0"), "leak"),
        (bad("reject"), Answer(1, "", "x.csv: no.", seconds=31), "stall"),
        (bad("reject"), Answer(1, "", "x.csv: no.", left=["a"]), "left"),
        (bad("reject"), Answer(1, "", "x.csv: no.", stored=True), "stored"),
    ],
)
def test_the_judge_sees_every_fault(expect: Bad, answer: Answer, fault: str) -> None:
    assert fault in {one.split(":")[0] for one in faults(expect, answer)}


@pytest.mark.parametrize(
    ("expect", "answer"),
    [
        (bad("accept"), told("accepted")),
        (bad("reject", "warn"), told("warned", findings=[finding("x")])),
        (bad("accept"), told("accepted", rows_read=3,
                             findings=[finding("repeated_id", "info", (2,))])),
        (bad("reject"), Answer(1, "", "x.csv: no. Do this.")),
    ],
)  # fmt: skip
def test_the_judge_lets_a_right_answer_pass(expect: Bad, answer: Answer) -> None:
    assert list(faults(expect, answer)) == []


def test_the_canary_hears_whoever_calls() -> None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    canary = Canary()
    with pytest.raises(HTTPError) as caught:
        urlopen(canary.url + "/x")
    caught.value.close()
    canary.close()
    assert canary.requests == ["GET /x"]
