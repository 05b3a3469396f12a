"""`daisy run` and `daisy check` with --sweep."""

import h5py


def test_a_sweep_ends_with_the_best_combination_and_what_that_is_worth(daisy, scan):
    said = daisy(
        "run", "tomography", "--scan", scan, "--output", "s.h5",
        "--sweep", "center=21:27:0.5", "--sweep", "filter=ramp,parzen", "--slices", "3",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "best by entropy: center = " in said.out
    assert "pixel, filter = " in said.out
    assert "do not tell which filter" in said.out
    assert "s.png" in said.out
    with h5py.File("s.h5") as file:
        assert file["/entry/data/data"].shape == (13, 2, 1, 48, 48)
        assert file["/entry/data/slice"][()].tolist() == [3]


def test_the_json_has_the_values_and_the_best(daisy, scan, simulated):
    said = daisy(
        "run", "tomography", "--scan", scan, "--output", "s.h5", "--sweep", "center=21:27:0.5",
        "--slices", "1,2,3,4", "--json",
    )  # fmt: skip
    answer = said.json
    assert answer["state"] == "done"
    assert answer["parameters"]["center"] == [21 + 0.5 * i for i in range(13)]
    assert answer["slices"] == [1, 2, 3, 4]
    assert abs(answer["best"]["entropy"]["center"] - simulated.centre) <= 0.5
    assert [path.rpartition("/")[2] for path in answer["outputs"]] == ["s.h5", "s.png"]
    assert answer["output"].endswith("s.h5")
    assert answer["run"] in daisy("runs").out


def test_check_prints_plan_memory_and_disk_and_writes_nothing(daisy, scan, own_folder):
    before = sorted(own_folder.iterdir())
    said = daisy(
        "check", "tomography", "--scan", scan, "--output", "s.h5", "--sweep", "center=21:27:0.5",
        "--sweep", "stripes.size=0,3,5",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "39 variants of slice 3" in said.out
    assert "13 values: 21.0, 21.5" in said.out
    assert "13 × 3 × 1 × 48 × 48 float32" in said.out
    assert "Memory" in said.out
    assert "Disk" in said.out
    assert sorted(p for p in own_folder.iterdir() if p.name != "runs") == before


def test_a_required_input_may_be_swept(daisy, scan):
    said = daisy(
        "check", "tomography-phase", "--scan", scan, "--output", "s.h5", "--distance", "0.1",
        "--energy", "20", "--pixel-size", "1e-6", "--sweep", "delta-beta=10,100",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "computed as a whole, once" in said.out


def test_words_that_make_no_sense_are_one_line(daisy, scan):
    run = ("run", "tomography", "--scan", scan, "--output", "s.h5")
    for words, expected in (
        (("--sweep", "center"), "NAME=VALUES"),
        (("--sweep", "center=1,2", "--sweep", "center=3"), "twice"),
        (("--sweep", "center=5:1:1"), "no steps of 1"),
        (("--sweep", "centre=1,2"), "Did you mean 'center'"),
        (("--sweep", "center=21,22", "--slices", "6"), "no slice 6"),
        (("--slices", "3"), "for a sweep"),
    ):
        said = daisy(*run, *words)
        assert said.code != 0
        assert expected in said.err
        assert said.err.strip().splitlines()[-1].startswith("daisy: ")


def test_a_sweep_can_be_made_again_from_its_result(daisy, scan, own_folder):
    daisy("run", "tomography", "--scan", scan, "--output", "s.h5", "--sweep", "center=22:26:1")
    said = daisy("rerun", "s.h5", "--json")
    assert said.code == 0, said.err
    assert said.json["identical"]
    assert (own_folder / "s_rerun.png").exists()
