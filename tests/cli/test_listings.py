import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack


def test_workflows_are_listed_with_what_they_do(daisy):
    said = daisy("workflows")
    assert said.code == 0
    assert "tomography" in said.out
    assert "reconstructed volume" in said.out


def test_a_workflow_is_shown_with_types_units_and_defaults(daisy):
    lines = daisy("workflows", "tomography").out.splitlines()
    row = next(line for line in lines if line.startswith("stripes "))
    default = daisy("workflows", "--json").json["workflows"]["tomography"]["inputs"]["stripes"][
        "default"
    ]
    assert row.split()[:4] == ["stripes", "integer", "pixel", str(default)]


def test_workflows_as_json_say_everything_also_what_is_default(daisy):
    inputs = daisy("workflows", "--json").json["workflows"]["tomography"]["inputs"]
    assert inputs["scan"]["required"] is True
    assert inputs["center"]["unit"] == "pixel"
    assert inputs["filter"]["default"] == "shepp"


def test_a_document_can_be_shown_by_its_file(daisy, document):
    assert "load > work > save" in daisy("workflows", document()).out


def test_an_algorithm_is_shown_with_types_and_units(daisy):
    lines = daisy("algorithms", "Reconstruct").out.splitlines()
    row = next(line for line in lines if line.startswith("center "))
    assert row.split()[:4] == ["center", "parameter", "number", "pixel"]
    assert any("fourier | fbp" in line for line in lines)


def test_algorithms_as_json_are_their_schemas(daisy):
    schemas = daisy("algorithms", "--json").json["algorithms"]
    assert schemas["MinusLog"]["properties"]["floor"]["exclusiveMinimum"] == 0
    assert list(daisy("algorithms", "MinusLog", "--json").json["algorithms"]) == ["MinusLog"]


@pytest.mark.parametrize(
    ("kind", "name", "nearest"),
    [("algorithms", "Normalise", "Normalize"), ("workflows", "tomografy", "tomography")],
)
def test_an_unknown_name_is_told_the_nearest(daisy, kind, name, nearest):
    said = daisy(kind, name)
    assert said.code == 1
    assert f"Did you mean '{nearest}'" in said.err


def test_info_tells_the_parts_of_a_scan(daisy, scan):
    said = daisy("info", scan)
    assert said.code == 0
    for text in ("Data Exchange", "60 angles × 6 rows × 48 columns, uint16", "20 frames",
                 "0 to 177 degrees", "10 um", "18 keV"):  # fmt: skip
        assert text in said.out
    described = daisy("info", scan, "--json").json
    assert described["projections"]["shape"] == [60, 6, 48]
    assert described["metadata"]["energy_kev"] == 18


def test_info_tells_the_datasets_of_another_file(daisy, stack):
    said = daisy("info", stack)
    row = next(line for line in said.out.splitlines() if line.startswith("/stack"))
    assert "40 × 3 × 4" in row
    assert "float32" in row


def test_names_with_brackets_are_shown_as_they_are(daisy, simulated, tmp_path):
    path = tmp_path / "scan [bold] 1.h5"
    write_scan(simulated, path)
    assert "scan [bold] 1.h5" in daisy("info", path).out


def test_info_tells_the_frames_of_a_detector_and_doubts_their_geometry(daisy, tmp_path):
    stack = PowderStack(3, 40, 50, module_shape=(20, 50), gap=(2, 0), dead_share=0)
    stated = {"distance_m": 0.2, "wavelength_m": 0.4e-10, "beam_center_x_px": 24.5}
    master = write_eiger(
        tmp_path / "a_master.h5", [stack.frames()], mask=stack.mask, metadata=stated
    )
    said = daisy("info", master)
    assert said.code == 0
    for text in ("EIGER", "3 frames × 40 rows × 50 columns, uint32", "100 pixels left out",
                 "200 mm", "0.4 angstrom", "24.5 pixels"):  # fmt: skip
        assert text in said.out
    assert "not used unless asked" in said.err
    assert daisy("info", master, "--json").json["metadata"]["distance_m"] == 0.2
