def test_a_plan_tells_stages_memory_and_disk_and_runs_nothing(daisy, scan, tmp_path):
    said = daisy("check", "tomography", "--scan", scan, "--output", "reco.h5", "--stripes", 3)
    assert said.code == 0, said.err
    assert "line_integrals > stripes > reconstruct" in said.out
    assert "6 × 48 × 48 float32" in said.out
    assert "Memory" in said.out
    assert not (tmp_path / "reco.h5").exists()
    assert not list(tmp_path.glob("runs/*"))


def test_a_plan_as_json_has_the_numbers(daisy, scan):
    words = ("check", "tomography", "--scan", scan, "--output", "reco.h5", "--memory", "100MB")
    plan = daisy(*words, "--json").json
    assert plan["budget"] == 100_000_000
    assert 0 < plan["memory"] <= plan["budget"]
    assert plan["disk"] >= 6 * 48 * 48 * 4
    assert plan["inputs"]["stripes"] is not None
    assert plan["problems"] == []


def test_too_little_memory_is_refused_with_the_numbers(daisy, scan):
    said = daisy("check", "tomography", "--scan", scan, "--output", "reco.h5", "--memory", "1kB")
    assert said.code == 1
    assert "1 kB" in said.err
    assert said.err.count("\n") == 1


def test_an_output_that_is_there_is_a_warning(daisy, scan, tmp_path):
    (tmp_path / "reco.h5").touch()
    said = daisy("check", "tomography", "--scan", scan, "--output", "reco.h5")
    assert said.code == 0
    assert "warning" in said.err
    assert "--overwrite" in said.err


def test_a_missing_folder_for_the_output_is_an_error(daisy, scan):
    said = daisy("check", "tomography", "--scan", scan, "--output", "none/reco.h5")
    assert said.code == 1
    assert "none" in said.err


def test_parameters_that_do_not_exist_are_found_without_running(daisy, scan):
    said = daisy("check", "tomography", "--scan", scan, "--output", "o.h5", "--set",
                 "reconstruct.filter_name=haan")  # fmt: skip
    assert said.code == 1
    assert "haan" in said.err
