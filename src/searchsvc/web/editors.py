"""The editors' start page, and the one table of where an editor can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Flask, render_template

from .sessions import PAGES


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation and on the start page: its endpoint, its name, and what it is for."""

    endpoint: str
    name: str
    purpose: str


#: In the order shown. A page is added here and nowhere else.
PLACES: Final[tuple[Place, ...]] = (Place("pages.search", "搜索页", "看看访客搜到的是什么。"),)


def register_editors(app: Flask) -> None:
    """Adds the start page, and the table of places to templates."""
    blueprint = Blueprint("editors", __name__)

    @blueprint.get(f"{PAGES}/", strict_slashes=False)
    def start() -> str:
        return render_template("editors/start.html")

    app.register_blueprint(blueprint)
    app.add_template_global(lambda: PLACES, "editors_places")
