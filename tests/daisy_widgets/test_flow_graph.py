"""The data between the steps, and where everything is drawn."""

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest

from daisy_kernel import registry
from daisy_widgets.draft_reading import new_draft, read_draft
from daisy_widgets.flow_graph import lay_out
from daisy_widgets.step_flow import flow_of, made_before
from daisy_widgets.step_wiring import wired

PREDEFINED = Path(__file__).parents[2] / "daisy_kernel" / "workflow" / "predefined"
DRAFTS = {p.name: read_draft(p.read_text()) for p in sorted(PREDEFINED.glob("*.json"))}
SCHEMAS = {n: registry.schema_of(c).json_schema() for n, c in registry.algorithms.all().items()}


@pytest.fixture
def tomography():
    return DRAFTS["tomography.daisy.json"]


def states(flows):
    """Step -> the states of its ports that are not quite in order."""
    return {
        n: {p.name: p.state for p in flow.ports if p.state not in ("ok", "unused")}
        for n, flow in enumerate(flows)
        if any(p.state not in ("ok", "unused") for p in flow.ports)
    }


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_in_the_predefined_workflows_all_is_connected(draft):
    assert states(flow_of(draft, SCHEMAS, {})) == {}


def test_who_takes_what_from_whom(tomography):
    flows = flow_of(tomography, SCHEMAS, {})
    taken = {(p.name, p.maker[0]) for p in flows[5].ports if not p.is_output}
    assert taken == {("sinograms", 3), ("theta", 0), ("center", 4)}
    projections = flows[0].ports[0]
    assert (projections.name, [step for step, _ in projections.readers]) == ("projections", [1, 2])
    assert made_before(flows, 4)["sinograms"] == ("angle", "row", "col")
    assert "reco" not in made_before(flows, 4)


def test_what_is_made_by_nobody_or_lost_is_marked(tomography):
    moved = tomography.moving(2, 0)
    assert states(flow_of(moved, SCHEMAS, {}))[0] == dict.fromkeys(
        ("projections", "darks", "flats"), "loose"
    )
    held = flow_of(moved, SCHEMAS, {}, held=["projections", "darks", "flats"])
    assert set(states(held)[0].values()) == {"held"}
    twice = tomography.duplicating(3, {})
    assert states(flow_of(twice, SCHEMAS, {})) == {
        3: {"sinograms": "clash"},
        4: {"sinograms": "clash"},
    }
    unset = tomography.clearing(3, "output_dataobj")
    assert states(flow_of(unset, SCHEMAS, {}))[3] == {"": "unset"}


def test_a_sub_workflow_takes_what_it_does_not_make_itself(tomography):
    part = tomography.only(range(2, 6), ["reco"]).with_key("name", "part")
    outer = tomography.replacing(range(2, 6), "part", part)
    flows = flow_of(outer, SCHEMAS, {"part": part.content})
    taken = [p.name for p in flows[2].ports if not p.is_output]
    assert taken == ["projections", "darks", "flats", "theta"]
    assert {"attenuation", "sinograms", "reco"} <= {p.name for p in flows[2].ports if p.is_output}
    assert states(flows) == {}
    assert flow_of(outer, SCHEMAS, {})[2].ports == ()


def faults(drawing):
    """What lies over each other or sticks out of the drawing."""
    found = []
    for above, below in pairwise(drawing.nodes):
        if above.y + above.height >= below.y:
            found.append((above.title, below.title))
    for node in drawing.nodes:
        ys = [port.y for port in node.ports]
        if any(b - a < 15 for a, b in pairwise(ys)):
            found.append(node.title)
        if ys and not node.y + 8 <= ys[0] <= ys[-1] <= node.y + node.height - 8:
            found.append(node.title)
        if node.x < 0 or node.x + node.width > drawing.width:
            found.append(node.title)
    spans = [(w.lane, w.start[1], max(y for _, y in w.ends), w.name) for w in drawing.wires]
    for number, (lane, top, bottom, name) in enumerate(spans):
        for other_lane, other_top, other_bottom, other in spans[number + 1 :]:
            if lane == other_lane and top <= other_bottom and other_top <= bottom:
                found.append((name, other))
    rights = [node.x + node.width for node in drawing.nodes]
    found += [w.name for w in drawing.wires if not max(rights) < w.x < drawing.width]
    return found


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
def test_nothing_is_drawn_over_anything_else(draft):
    drawing = lay_out(flow_of(draft, SCHEMAS, {}))
    assert len(drawing.nodes) == len(draft.steps)
    assert faults(drawing) == []
    assert json.loads(json.dumps(drawing.as_json()))["width"] < 420


def test_nor_is_it_in_whatever_order_the_steps_are(tomography):
    shuffled = random.Random(7)
    draft = tomography
    for _ in range(40):
        count = len(draft.steps)
        draft = draft.moving(shuffled.randrange(count), shuffled.randrange(count))
        if shuffled.random() < 0.3:
            draft = draft.duplicating(shuffled.randrange(count), {})
        flows = flow_of(draft, SCHEMAS, {})
        drawing = lay_out(flows)
        assert faults(drawing) == []
        drawn = {(w.start[0], step) for w in drawing.wires for step, _ in w.ends}
        meant = {(p.maker[0], n) for n, f in enumerate(flows) for p in f.ports if p.maker}
        assert drawn == meant
        for wire in drawing.wires:
            start = next(p for p in drawing.nodes[wire.start[0]].ports if p.y == wire.start[1])
            assert (start.name, start.is_output) == (wire.name, True)
            for step, y in wire.ends:
                end = next(p for p in drawing.nodes[step].ports if p.y == y)
                assert (end.name, end.is_output) == (wire.name, False)


def test_without_steps_there_is_little_to_draw():
    drawing = lay_out(flow_of(new_draft(), SCHEMAS, {}))
    assert (drawing.nodes, drawing.wires) == ((), ())


def test_a_new_step_is_connected_as_it_is_probably_meant(tomography):
    made = made_before(flow_of(tomography, SCHEMAS, {}), 2)
    assert wired(SCHEMAS["Normalize"], made, "normalize") == {
        "projs_dataobj": "projections",
        "darks_dataobj": "darks",
        "flats_dataobj": "flats",
        "output_dataobj": "projections",
    }
    after = made_before(flow_of(tomography, SCHEMAS, {}), 4)
    assert wired(SCHEMAS["Reconstruct"], after, "reconstruct") == {
        "input_dataobj": "sinograms",
        "theta": "theta",
        "output_dataobj": "reconstruct",
    }
    assert wired(SCHEMAS["Normalize"], {}, "x") == {"output_dataobj": "x"}
