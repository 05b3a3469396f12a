"""Files and scan profiles of a kernel, whichever way it is reached."""

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter, OutOfReach, OutputExists, UnknownName
from daisy_widgets.opener_model import OpenerModel


@pytest.fixture
def odd(own_folder):
    """A scan of a layout that nobody knows, in a folder that callers may use."""
    folder = own_folder / "odd"
    folder.mkdir(exist_ok=True)
    with h5py.File(folder / "odd.h5", "w") as file:
        file["frames"] = np.arange(4 * 6 * 5, dtype="u2").reshape(4, 6, 5)
        file["beam"] = np.full((1, 6, 5), 1000, "u2")
    return folder / "odd.h5"


def call(session, operation, **arguments):
    return session.transport.call(operation, arguments)


def test_a_scan_is_found_looked_at_and_understood(session, odd):
    folder, _ = call(session, "files.list", path=str(odd.parent))
    assert [entry["name"] for entry in folder["entries"]] == ["odd.h5"]
    told, (levels,) = call(session, "files.preview", path=str(odd), dataset="/frames", index=2)
    assert told["picture"]["shape"] == [6, 5]
    expected = np.rint(np.arange(30) * 255 / 29).astype(np.uint8)
    np.testing.assert_array_equal(np.frombuffer(bytes(levels), np.uint8), expected)
    model = OpenerModel(session)
    model.opened = model.open(str(odd))
    assert model.choice is None
    model.opened = model.assigned(model.opened, "projections", "/frames")
    assert model.choice.description["projections"] == {"shape": [4, 6, 5], "dtype": "uint16"}


def test_a_profile_is_saved_found_replaced_and_deleted(session):
    profile = {"projections": "/frames", "flats": "/beam"}
    saved, _ = call(session, "profiles.save", name="wire", profile=profile)
    listed = {told["name"]: told for told in call(session, "profiles.list")[0]["profiles"]}
    assert listed["wire"] == saved
    assert saved["profile"]["flats"] == "/beam"
    other = {"projections": "/other"}
    with pytest.raises(OutputExists, match="'wire' already"):
        call(session, "profiles.save", name="wire", profile=other)
    call(session, "profiles.save", name="wire", profile=other, overwrite=True)
    call(session, "profiles.delete", name="wire")
    with pytest.raises(UnknownName, match="'wire'"):
        call(session, "profiles.delete", name="wire")
    with pytest.raises(InvalidParameter, match="projections"):
        call(session, "profiles.save", name="wire", profile={"projections": "not a path"})


def test_who_comes_over_a_wire_sees_the_roots_only(elsewhere):
    with elsewhere.connect() as session:
        folder, _ = call(session, "files.list")
        assert folder["path"] == folder["roots"][0]
        assert len(folder["roots"]) == 2
        for operation in ("files.list", "files.describe", "files.preview"):
            with pytest.raises(OutOfReach, match="outside the folders"):
                call(session, operation, path="/etc/hostname")
