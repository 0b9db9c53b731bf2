"""The life of pieces of work: made from gaps, handed on step by step, merged with what returns."""
