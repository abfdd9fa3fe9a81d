"""The table of all settings in ``presets.md``, made from the JSON Schema of presets.

Run it after a setting has changed: ``.venv/bin/python docs/reference.py`` rewrites the table in place.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoomdream.presets import schema

PAGE = Path(__file__).with_name("presets.md")
BEGIN, END = "<!-- settings: made by docs/reference.py -->\n", "<!-- end of settings -->"

Facts = dict[str, Any]


def render() -> str:
    """Return the tables, one for what stands at the top of a preset and one per section."""
    whole = schema()
    fields = whole["properties"]
    plain = {key: facts for key, facts in fields.items() if "$ref" not in facts}
    parts = [_table("Top of the file", whole["description"], "", plain)]
    for name, facts in fields.items():
        if "$ref" in facts:
            section = whole["$defs"][facts["$ref"].rpartition("/")[2]]
            parts.append(_table(f"`[{name}]`", section["description"], name, section["properties"]))
    return "\n".join(parts)


def _table(heading: str, meaning: str, section: str, fields: dict[str, Facts]) -> str:
    rows = [_row(section, key, facts) for key, facts in fields.items()]
    head = ["| section | key | default | range | meaning |", "|---|---|---|---|---|"]
    return "\n".join([f"### {heading}", "", meaning, "", *head, *rows, ""])


def _row(section: str, key: str, facts: Facts) -> str:
    meaning = facts["description"].replace("|", "\\|")
    cells = [f"`{section}`" if section else "–", f"`{key}`", f"`{_value(facts['default'])}`", _range(facts), meaning]
    return f"| {' | '.join(cells)} |"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _range(facts: Facts) -> str:
    """Return what values are allowed, in words."""
    return "; ".join(_words(facts)) or "any text"


def _words(facts: Facts) -> Iterator[str]:
    kind = facts.get("type")
    if "enum" in facts:
        yield ", ".join(f"`{value}`" for value in facts["enum"])
    elif kind in ("number", "integer"):
        yield ("whole number " if kind == "integer" else "") + _between(facts)
    elif "prefixItems" in facts:
        yield f"{len(facts['prefixItems'])} numbers, each {_between(facts['prefixItems'][0])}"
    elif kind == "array":
        yield f"{facts['minItems']} to {facts['maxItems']} texts of at most {facts['items']['maxLength']} characters"
    elif "pattern" in facts:
        yield f"`{facts['pattern']}`"
    elif "maxLength" in facts:
        yield f"text of at most {facts['maxLength']} characters"


def _between(facts: Facts) -> str:
    low, high, above = (facts.get(name) for name in ("minimum", "maximum", "exclusiveMinimum"))
    lower = f"above {above:g}" if above is not None else f"{low:g}"
    if high is None:
        return lower if above is not None else f"{lower} or more"
    return f"{lower}, to {high:g}" if above is not None else f"{lower} to {high:g}"


def settings_in(page: str) -> str:
    """Return what stands between the two marks of a page."""
    return page.partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    text = PAGE.read_text()
    PAGE.write_text(text.replace(BEGIN + settings_in(text), f"{BEGIN}\n{render()}\n"))
