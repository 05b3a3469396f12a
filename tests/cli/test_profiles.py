"""Scan profiles on the command line: what was put right in the panel is what a run reads."""

import json

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.start import open_session
from daisy_widgets import ScanOpener

PLACES = {
    "/exchange/data": "/camera/frames", "/exchange/data_white": "/camera/open",
    "/exchange/data_dark": "/camera/shut", "/exchange/theta": "/stage/rotation",
}  # fmt: skip


@pytest.fixture
def odd(scan, tmp_path):
    """The scan once more, in a layout that nobody knows."""
    with h5py.File(scan) as known, h5py.File(tmp_path / "odd.h5", "w") as file:
        for place, other in PLACES.items():
            file[other] = known[place][()]
    return tmp_path / "odd.h5"


@pytest.fixture
def choice(odd):
    """What somebody gets who puts it right in the panel and saves that as a profile."""
    opener = ScanOpener(open_session())
    opener.open_file(str(odd))
    roles = ("projections", "flats", "darks", "angles")
    for role, place in zip(roles, PLACES.values(), strict=True):
        assert opener.jobs.wait(30)
        opener.assign(role, place)
    assert opener.jobs.wait(30)
    opener.save_profile("Odd beamline")
    assert opener.jobs.wait(30)
    yield opener.choice
    opener.close()


def volume(path):
    with h5py.File(path) as file:
        return file["entry/data/data"][()]


def test_panel_command_line_and_known_layout_give_the_same_bits(daisy, scan, odd, choice, tmp_path):
    assert choice.inputs == {"scan": str(odd), "profile": "Odd beamline"}
    open_session().run("tomography", **choice.inputs, output="panel.h5", center=24.3).wait(60)
    by_name = ["--scan", odd, "--profile", "Odd beamline", "--center", "24.3"]
    assert daisy("run", "tomography", *by_name, "--output", "cli.h5").code == 0
    written = json.loads((tmp_path / "profiles/Odd beamline.json").read_text())
    by_text = ["--scan", odd, "--profile", json.dumps(written), "--center", "24.3"]
    assert daisy("run", "tomography", *by_text, "--output", "text.h5").code == 0
    assert (
        daisy("run", "tomography", "--scan", scan, "--center", "24.3", "--output", "k.h5").code == 0
    )
    expected = volume("k.h5")
    for path in ("panel.h5", "cli.h5", "text.h5"):
        np.testing.assert_array_equal(volume(path), expected)


def test_info_understands_a_file_as_its_profile_says(daisy, odd, choice):
    assert "projections" not in daisy("info", odd, "--json").json
    said = daisy("info", odd, "--profile", "Odd beamline")
    assert said.code == 0
    assert "HDF5 by profile" in said.out
    assert "--profile 'Odd beamline'" in said.out


def test_an_unknown_profile_ends_with_one_line_and_nothing_written(daisy, odd, choice, tmp_path):
    said = daisy("run", "tomography", "--scan", odd, "--profile", "Od beamline", "--output", "o.h5")
    assert said.code != 0
    assert "Did you mean 'Odd beamline'?" in said.err
    assert not (tmp_path / "o.h5").exists()


def test_profiles_of_the_configuration_are_there_too(daisy, odd, tmp_path):
    entry = '[profiles."from the facility"]\nprojections = "/camera/frames"\n'
    (tmp_path / "config.toml").write_text(entry)
    said = daisy("info", odd, "--profile", "from the facility", "--json")
    assert said.json["parts"] == {"projections": "/camera/frames"}
    (tmp_path / "config.toml").write_text("profiles = 3\n")
    said = daisy("info", odd, "--profile", "from the facility")
    assert said.code != 0
    assert "[profiles.NAME]" in said.err
