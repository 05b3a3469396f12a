"""Whole jobs on a cluster of two machines: the bits of one process."""

import h5py
import numpy as np
import pytest

from daisy_kernel.datastore import DataStore
from daisy_kernel.formats import write_eiger
from daisy_kernel.numba_kernels import remove_outliers
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import PowderStack

pytestmark = [pytest.mark.spark, pytest.mark.slow]
MESSAGE_BYTES = 128 << 20
"""What Spark allows in one message."""


def numbers_in(path):
    """Every dataset with numbers of a file."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf":
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(take)
    return found


@pytest.fixture
def both(session, on_cluster, tmp_path):
    """Run a workflow here and on the cluster, compare all numbers; the run on the cluster."""

    def perform(workflow, **inputs):
        runs, files = {}, {}
        for engine in ("inprocess", "spark"):
            path = tmp_path / f"{engine}.h5"
            runs[engine] = session.run(workflow, engine=engine, output=path, **inputs).wait(240)
            files[engine] = numbers_in(path)
        here, there = files["inprocess"], files["spark"]
        assert sorted(here) == sorted(there)
        for name, array in here.items():
            np.testing.assert_array_equal(there[name], array, err_msg=name)
        assert runs["spark"].record["values"] == runs["inprocess"].record["values"]
        return runs["spark"]

    return perform


@pytest.mark.parametrize("algorithm", ["fourier", "fbp"])
def test_tomography_gives_the_same_bits(both, small_file, algorithm):
    run = both("tomography", scan=small_file, algorithm=algorithm, stripes=5, memory="5MB")
    assert run.record["values"]["center"] == pytest.approx(33.2, abs=0.5)
    assert any(line.startswith("computes on spark://127.0.0.1:") for line in run.log)


def test_powder_diffraction_gives_the_same_bits(both, tmp_path):
    stack = PowderStack(9, 200, 210, pixel_size_m=300e-6, distance_m=0.15)
    header = {
        "distance_m": stack.distance_m,
        "wavelength_m": stack.wavelength_m,
        "pixel_size_x_m": stack.pixel_size_m,
        "pixel_size_y_m": stack.pixel_size_m,
        "beam_center_x_px": stack.poni2_m / stack.pixel_size_m,
        "beam_center_y_px": stack.poni1_m / stack.pixel_size_m,
    }
    frames = stack.frames()
    path = write_eiger(tmp_path / "a_master.h5", [frames], mask=stack.mask, metadata=header)
    both("powder", scan=path, geometry=path)


def test_a_block_may_be_larger_than_a_message_of_spark(on_cluster, own_runs, tmp_path):
    scan, output = tmp_path / "scan.h5", tmp_path / "out.h5"
    image = np.random.default_rng(2).normal(size=(1, 5000, 7000)).astype(np.float32)
    assert image.nbytes > MESSAGE_BYTES
    with h5py.File(scan, "w") as file:
        file["image"] = image
    store = DataStore()
    store.put("given", image, ("angle", "row", "col"))
    document = {
        "daisy": 1,
        "name": "large",
        "inputs": {"scan": {"type": "path"}, "output": {"type": "path"}},
        "algorithms": {
            "clean": {"class": "RemoveOutliers"},
            "load": {"class": "LoadHDF5", "init_paras": {"inputfile_name": {"input": "scan"}}},
            "save": {"class": "SaveHDF5", "init_paras": {"outputfile_name": {"input": "output"}}},
        },
        "steps": [
            {"algorithm": "load", "params": {"input_path": "image", "output_dataobj": "x"}},
            *(
                {
                    "algorithm": "clean",
                    "params": {
                        "input_dataobj": name,
                        "output_dataobj": f"{name}_clean",
                        "threshold": 3,
                    },
                }
                for name in ("x", "given")
            ),
            *(
                {
                    "algorithm": "save",
                    "params": {"input_dataobj": f"{name}_clean", "output_path": name},
                }
                for name in ("x", "given")
            ),
        ],
    }
    session = Session(DirectTransport(Service(store, own_runs)))
    run = session.run(document, engine="spark", scan=scan, output=output).wait(240)
    plan = next(event for event in run.events() if event["kind"] == "plan")
    (item,) = plan["data"]["items"]
    assert item["blocks"] == 1
    assert "given copied first" in item["text"]
    expected = remove_outliers(image, threshold=3.0)
    with h5py.File(output) as file:
        for name in ("x", "given"):
            np.testing.assert_array_equal(file[name][()], expected, err_msg=name)
