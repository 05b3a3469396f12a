import pytest

from daisy_kernel.cli.workflow_options import parse_request

SWITCHES = {"--json": "print JSON"}


def parse(*words):
    return parse_request("daisy run", [str(w) for w in words], description="", switches=SWITCHES)


@pytest.fixture
def little(document):
    """A document with inputs of every type, among them names that options have."""
    return document(
        extra={
            "dead_pixels": {"type": "string", "default": "median"},
            "shift": {"type": "number", "unit": "pixel", "help": "by 10 % at most", "default": 2},
            "flip": {"type": "boolean", "default": False},
            "threads": {"type": "integer"},
            "json": {"type": "string"},
            "help": {"type": "string"},
        }
    )


def test_names_may_be_written_with_a_dash_or_an_underscore(little, tmp_path):
    given = (little, "--source", "a.h5", "--output=b.h5")
    for option in ("--dead-pixels", "--dead_pixels"):
        assert parse(*given, option, "error").inputs["dead_pixels"] == "error"
        assert parse(*given, f"{option}=error").inputs["dead_pixels"] == "error"
    assert parse(*given).inputs == {
        "source": str(tmp_path / "a.h5"),
        "output": str(tmp_path / "b.h5"),
    }


def test_an_input_called_like_an_option_of_the_command_gets_its_own(little):
    given = (little, "--source", "a", "--output", "b")
    request = parse(*given, "--threads", "2", "--input-threads", "7", "--input-json", "x",
                    "--input-help", "y")  # fmt: skip
    assert request.options["threads"] == 2
    assert request.inputs["threads"] == "7"
    assert request.inputs["json"] == "x"
    assert request.inputs["help"] == "y"
    assert request.given["json"] is False


@pytest.mark.parametrize("number", ["-3", "-0.5", "-1e-3", "-inf"])
def test_negative_numbers_are_values(little, number):
    given = (little, "--source", "a", "--output", "b")
    assert parse(*given, "--shift", number).inputs["shift"] == number


def test_a_switch_may_stand_alone(little):
    given = (little, "--source", "a", "--output", "b")
    assert parse(*given, "--flip", "--shift", "1").inputs["flip"] == "true"
    assert parse(*given, "--flip", "no").inputs["flip"] == "no"


def test_options_of_the_command_may_come_before_the_workflow(little):
    request = parse("--memory", "1GB", "--json", little, "--source", "a", "--output", "b")
    assert request.workflow == str(little)
    assert request.options["memory"] == "1GB"
    assert request.given["json"] is True


def test_set_takes_texts_and_what_only_json_can_say(little):
    given = (little, "--source", "a", "--output", "b")
    request = parse(*given, "--set", "work.floor=1e-3", "--set", 'work.x={"ref": "y"}',
                    "--set", "work.z=null", "--set", "work.a=b=c")  # fmt: skip
    assert request.overrides == {
        "work.floor": "1e-3",
        "work.x": {"ref": "y"},
        "work.z": None,
        "work.a": "b=c",
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "which workflow"),
        (("tomography", "--scan", "a"), "--output is missing: HDF5 file to write"),
        (("tomography", "--centre", "3"), "did you mean --center?"),
        (("--scan", "a", "tomography"), "name the workflow before"),
        (("tomography", "--scan", "a", "--output", "b", "--set", "x"), "STEP.PARAM=VALUE"),
        (("tomography", "--scan", "a", "--output", "b", "--threads", "x"), "--threads"),
        (("tomography", "--scan"), "expected one argument"),
    ],
)
def test_words_that_make_no_sense_end_with_code_2_and_one_line(daisy, words, why):
    said = daisy("run", *words)
    assert said.code == 2
    assert why in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_the_help_of_a_workflow_shows_units_defaults_and_choices(daisy, little):
    shown = " ".join(daisy("run", "tomography", "--help").out.split())
    assert "--center NUMBER" in shown
    assert "searched if not given [pixel]" in shown
    assert "--algorithm {fourier,fbp," in shown
    assert "iterate (default fourier)" in shown
    assert "(required)" in shown
    assert "by 10 % at most [pixel] (default 2)" in " ".join(
        daisy("run", little, "--help").out.split()
    )


def test_the_help_without_a_workflow_names_those_there_are(daisy):
    said = daisy("run", "--help").out
    assert "workflows: " in said
    assert "tomography" in said.split("workflows: ")[1]
