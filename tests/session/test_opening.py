"""Files as data objects: what is found in them, and under which names."""

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.contracts.units import NOTHING_KNOWN
from daisy_kernel.datastore import DataStore
from daisy_kernel.errors import FileProblem, OutOfReach
from daisy_kernel.formats import describe_volume, only_within
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import demo_scan, demo_stack


@pytest.fixture
def store():
    return DataStore()


@pytest.fixture
def session(store, tmp_path):
    return Session(DirectTransport(Service(store, tmp_path / "runs")))


def test_a_scan_has_its_projections_first_then_flats_and_darks(session, store, tmp_path):
    made = demo_scan(n_angle=5, n_row=3, n_col=8)
    write_scan(made, tmp_path / "foam.h5")
    opened = session.open(tmp_path / "foam.h5")
    assert [o.name for o in opened] == ["foam", "foam_flats", "foam_darks"]
    assert {store.object(o.name).kind for o in opened} == {"reference"}
    np.testing.assert_array_equal(opened[0][...], made.projections())
    np.testing.assert_array_equal(opened[2][...], made.darks())


def test_a_scan_is_counts_on_pixels_of_a_size(session, tmp_path):
    made = demo_scan(n_angle=5, n_row=3, n_col=8)
    write_scan(made, tmp_path / "foam.h5")
    for opened in session.open(tmp_path / "foam.h5"):
        edge_m = pytest.approx(made.pixel_size_m)
        assert (opened.units.value, *opened.units.steps_m) == ("counts", None, edge_m, edge_m)
    assert session.objects["foam"].units == opened.units


def test_detector_frames_are_counts_on_the_pixels_that_their_file_states(session, tmp_path):
    stack = demo_stack(n_frame=2, n=66)
    write_stack(stack, tmp_path / "some_master.h5", tmp_path / "some.poni")
    (opened,) = session.open(tmp_path / "some_master.h5")
    edge_m = pytest.approx(stack.pixel_size_m)
    assert (opened.units.value, *opened.units.steps_m) == ("counts", None, edge_m, edge_m)


def test_a_result_has_the_units_that_were_saved_with_it_until_it_is_another(session, tmp_path):
    shape = (2, 3, 4)
    with h5py.File(tmp_path / "volume.h5", "w") as file:
        file["entry/data/data"] = np.ones(shape, np.float32)
        describe_volume(file, shape=shape, voxel_size_m=2e-6, unit="1/pixel")
    for path in (tmp_path / "volume.h5", f"{tmp_path / 'volume.h5'}:/entry/data/data"):
        (opened,) = session.open(path)
        assert opened.units.value == "1/pixel"
        assert opened.units.steps_m == pytest.approx((2e-6, 2e-6, 2e-6))
        assert opened.refreshed().units == opened.units
    session["volume"] = np.ones(shape, np.float32)
    assert session["volume"].units == NOTHING_KNOWN


def test_of_another_file_the_largest_array_of_numbers_is_opened(session, tmp_path):
    volume = np.arange(24.0).reshape(2, 3, 4)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a/few"] = [1.0, 2.0]
        file["b/volume"] = volume
        file["texts"] = ["many words"] * 100
        file["nothing"] = np.zeros((0, 1000))
    (opened,) = session.open(tmp_path / "other.h5")
    assert opened.name == "other"
    np.testing.assert_array_equal(opened[...], volume)


def test_a_dataset_is_chosen_by_its_path_and_called_as_one_likes(session, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a/few"] = [1.0, 2.0]
        file["b/volume"] = np.zeros((2, 3, 4))
    (opened,) = session.open(f"{tmp_path / 'other.h5'}:/a/few", name="few")
    assert (opened.name, opened[...].tolist()) == ("few", [1.0, 2.0])


def test_an_object_in_memory_is_kept_while_a_file_is_opened_anew(session, tmp_path):
    with h5py.File(tmp_path / "reco.h5", "w") as file:
        file["data"] = np.ones((2, 2))
    session["reco"] = np.zeros(3)
    assert [o.name for o in session.open(tmp_path / "reco.h5")] == ["reco_2"]
    assert [o.name for o in session.open(tmp_path / "reco.h5")] == ["reco_2"]
    assert session["reco"].shape == (3,)


@pytest.mark.parametrize("name", ["missing.h5", "empty.h5"])
def test_a_file_with_nothing_to_see_is_refused(session, tmp_path, name):
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(FileProblem, match=name):
        session.open(tmp_path / name)
    assert list(session.objects) == []


def test_callers_from_outside_open_only_what_they_may_use(session, tmp_path):
    for folder in ("ours", "others"):
        (tmp_path / folder).mkdir()
        with h5py.File(tmp_path / folder / "volume.h5", "w") as file:
            file["data"] = np.ones((2, 2))
    with only_within([tmp_path / "ours"]):
        session.open(tmp_path / "ours" / "volume.h5")
        for location in ("others/volume.h5", "ours/../others/volume.h5:/data"):
            with pytest.raises(OutOfReach, match="outside the folders"):
                session.open(tmp_path / location, name="theirs")
    assert list(session.objects) == ["volume"]
