"""The house keeps its shape: imports point downward, and each library has one room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "searchsvc"
MODULES = sorted(ROOT.rglob("*.py"))

#: The first entry that a module's dotted path starts with decides its layer.
LAYERS = {
    "errors": 0, "models": 0, "editorial": 0, "version": 0,
    "protocols": 1, "config": 1, "tokens": 1, "processes": 1,
    "text": 2, "query": 2, "snippets": 2, "relevance": 2, "metrics": 2, "urls": 2, "dateranges": 2, "records": 2,
    "editorial_records": 2, "exports": 2, "redirect_map": 2,
    "ingest": 3, "engines": 3, "duplicates": 3, "state": 3, "access": 3,
    "editors": 4, "service": 4, "evaluation": 4,
    "terminal": 5, "terminal_editors": 5, "cli": 5, "cli_check": 5, "cli_common": 5,
    "cli_editors": 5, "web": 5,
}  # fmt: skip
#: The package's front door and `python -m`: they only re-export.
DOORS = {"__init__", "__main__"}
#: Parts of the same layer that may not know one another.
SEPARATE = ("ingest", "engines", "duplicates", "state")
PURE_FORBIDDEN = {"os", "pathlib", "socket", "time", "random", "flask", "whoosh", "bs4", "sqlite3", "subprocess"}
PURE_EXCEPTIONS = {
    ("text.dictionary", "os"),
    ("text.dictionary", "pathlib"),
    ("text.segment", "pathlib"),
}  # where the dictionary's cache lies
ROOMS: dict[str, str | tuple[str, ...]] = {
    "bs4": "ingest", "lxml": "ingest", "jieba": "text.dictionary", "rjieba": "text.dictionary",
    "whoosh": "engines.whoosh", "flask": "web", "werkzeug": "web", "granian": "web",
    "click": ("cli", "cli_check", "cli_common", "cli_editors"), "rich": ("terminal", "terminal_editors"),
    "sqlite3": ("state", "duplicates.store"),
}  # fmt: skip


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports_of(path: Path) -> list[str]:
    """Absolute names of what a module imports, wherever in the file."""
    package = ["searchsvc", *path.relative_to(ROOT).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [module] if node.module else [f"{module}.{alias.name}" for alias in node.names]
    return found


def layer_of(name: str) -> int:
    return LAYERS[name.split(".")[0]]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_its_own_layer_and_those_below(path: Path) -> None:
    name = name_of(path)
    if name in DOORS:
        return
    for imported in imports_of(path):
        if not imported.startswith("searchsvc."):
            continue
        target = imported.removeprefix("searchsvc.")
        assert layer_of(target) <= layer_of(name), f"{name} imports {target}, which lies above it"
        ours, theirs = name.split(".")[0], target.split(".")[0]
        both = ours in SEPARATE and theirs in SEPARATE
        assert not both or ours == theirs, f"{name} knows {target}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_library_is_named_in_its_own_room_only(path: Path) -> None:
    name = name_of(path)
    for imported in imports_of(path):
        rooms = ROOMS.get(imported.split(".")[0], name)
        rooms = (rooms,) if isinstance(rooms, str) else rooms
        assert any(name == room or name.startswith(room + ".") for room in rooms), f"{name} imports {imported}"


@pytest.mark.parametrize("path", [p for p in MODULES if LAYERS.get(name_of(p).split(".")[0]) == 2], ids=name_of)
def test_text_logic_touches_no_file_clock_or_framework(path: Path) -> None:
    name = name_of(path)
    for imported in imports_of(path):
        library = imported.split(".")[0]
        assert library not in PURE_FORBIDDEN or (name, library) in PURE_EXCEPTIONS, f"{name} imports {imported}"


def test_every_module_has_a_layer() -> None:
    names = {name_of(path).split(".")[0] for path in MODULES} - DOORS
    assert names == set(LAYERS)
