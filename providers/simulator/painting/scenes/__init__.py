"""The scenes a prompt can ask for; each draws on the canvas what its brief says."""

from collections.abc import Callable

from ..brief import Brief
from ..canvas import Canvas
from .city import city
from .diorama import diorama
from .edits import edit
from .emblem import emblem
from .greenhouse import greenhouse
from .hero import hero
from .knight import knight
from .land import desert, forest, mountains
from .meadow import meadow
from .portrait import portrait
from .signage import signage
from .still import still
from .street import street
from .water import harbour, lake

Scene = Callable[[Canvas, Brief], None]

DRAWERS: dict[str, Scene] = {
    "hair": portrait,
    "menu": signage,
    "street": street,
    "diorama": diorama,
    "emblem": emblem,
    "greenhouse": greenhouse,
    "still": still,
    "hero": hero,
    "knight": knight,
    "meadow": meadow,
    "portrait": portrait,
    "lake": lake,
    "mountains": mountains,
    "city": city,
    "desert": desert,
    "forest": forest,
    "harbour": harbour,
}

__all__ = ["DRAWERS", "Scene", "edit"]
