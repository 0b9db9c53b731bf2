"""Where to build so that most are reached, or every village its need, and how sure that is."""

from geo.siting.curve import Point, curve
from geo.siting.fewest import fewest
from geo.siting.most import most
from geo.siting.problem import Covering, Siting

__all__ = ["Covering", "Point", "Siting", "curve", "fewest", "most"]
