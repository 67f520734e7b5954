"""What an automation reads and acts on, in the language of dependency keys: who may delete what, and which changes make
us look at somebody again."""

from __future__ import annotations

from collections.abc import Iterator

from segments.definition import depends
from segments.definition.nodes import Node, Performed

from .schema import (
    Branch,
    DateTrigger,
    EventTrigger,
    Journey,
    ListTrigger,
    MoveInList,
    Send,
    SetValue,
    WaitForEvent,
)


def keys_of(journey: Journey) -> set[str]:
    """Everything that must stay while the automation uses it."""
    found = set(_named(journey))
    for node in _nodes(journey):
        found |= depends.keys(node)
    return found - {depends.CLOCK}


def watched(journey: Journey) -> set[str]:
    """What may bring somebody to the goal or make her leave."""
    nodes: list[Node | None] = [journey.goal, journey.goal_event, journey.exit]
    return set().union(*(depends.keys(node) for node in nodes if node is not None)) - {depends.CLOCK}


def campaigns_of(journey: Journey) -> list[int]:
    return list(dict.fromkeys(step.campaign for step in journey.steps.values() if isinstance(step, Send)))


def _nodes(journey: Journey) -> Iterator[Node | Performed]:
    asked = [journey.filter, journey.goal, journey.goal_event, journey.exit]
    if isinstance(journey.trigger, EventTrigger):
        asked.append(journey.trigger.event)
    for step in journey.steps.values():
        if isinstance(step, Branch):
            asked.append(step.condition)
        elif isinstance(step, WaitForEvent):
            asked.append(step.event)
    yield from (node for node in asked if node is not None)


def _named(journey: Journey) -> Iterator[str]:
    match journey.trigger:
        case ListTrigger(list=pk):
            yield f"segment:{pk}"
        case DateTrigger(property=key):
            yield f"attribute:{key}"
    for step in journey.steps.values():
        match step:
            case Send(campaign=pk):
                yield f"campaign:{pk}"
            case MoveInList(list=pk):
                yield f"segment:{pk}"
            case SetValue(data=data):
                yield from (f"attribute:{key}" for key in {**data, **data.get("attributes", {})} if key != "attributes")
