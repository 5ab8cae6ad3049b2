"""What the generation of a derivative gives: functions as trees, and what they were made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from srcgrad.explain import Origin
from srcgrad.guards import Guard
from srcgrad.program import Outside
from srcgrad.variadic import Stars


@dataclass
class Generated:
    """The functions of a derivative, the objects they use, the text after each pass, and what must stay as it is.

    ``origins`` tells by name what each function was made from, ``complex`` whether the derivative is right for complex
    numbers where kinds are not known, ``outside`` what the primal does to objects that are not its own,
    ``stores`` whether arrays are changed, ``shadows`` whether some have several names then, and their adjoints, too;
    ``stars`` are those parameters of the primal that take any number of arguments.
    """

    functions: list[Any]
    main: tuple[str, ...]
    objects: dict[str, Any]
    stages: list[tuple[str, Any]]
    guards: list[Guard]
    origins: dict[str, Origin] = field(default_factory=dict)
    complex: bool = False
    outside: tuple[Outside, ...] = ()
    stores: bool = False
    shadows: bool = False
    stars: Stars = field(default_factory=Stars)
