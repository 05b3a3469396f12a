"""A few elements of an axis: the same bits as in the whole object, for every kind of chain."""

import random

import numpy as np
import pytest

from daisy_kernel import Ref
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.contracts.run import RunRequest
from daisy_kernel.errors import AxesClash

KINDS = ("scale", "smooth", "smooth", "pairs", "phase", "whole", "scale by total")


class Chain:
    """A random chain to slices, one parameter of which differs between variants."""

    def __init__(self, toys, seed, stack):
        pick = random.Random(seed)
        kinds = [pick.choice(KINDS) for _ in range(pick.randint(0, 6))]
        kinds.insert(pick.randint(0, len(kinds)), pick.choice(("varied scale", "varied smooth")))
        self.toys, self.stack, self.kinds = toys, stack, kinds
        self.indices = pick.sample(range(stack.shape[1]), pick.randint(1, 5))

    def record(self, engine, variant):
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        for kind in self.kinds:
            step = {"input_dataobj": "x", "output_dataobj": "x"}
            if kind == "scale by total":
                engine["total"].execute(input_dataobj="x", output_dataobj="n")
                engine["scale"].execute(**step, factor=1e-5, offset=Ref("n"))
            elif kind == "varied scale":
                engine["scale"].execute(**step, factor=variant + 1)
            elif kind == "varied smooth":
                engine["smooth"].execute(**step, size=variant + 1)
            else:
                engine[kind].execute(**step)
        engine["slices"].execute(input_dataobj="x", output_dataobj="y")
        engine["flipslices"].execute(input_dataobj="y", output_dataobj="y")

    def plain(self, variant):
        x, toys = self.stack, self.toys
        functions = {
            "scale": toys.scale, "smooth": toys.smooth, "pairs": toys.pair_rows,
            "phase": toys.phase, "whole": toys.whole,
            "varied scale": lambda x: toys.scale(x, variant + 1),
            "varied smooth": lambda x: toys.smooth(x, variant + 1),
            "scale by total": lambda x: toys.scale(x, 1e-5, toys.total(x)),
        }  # fmt: skip
        for kind in self.kinds:
            x = functions[kind](x)
        return toys.flip_slices(toys.slices(x))[self.indices]


@pytest.fixture
def gather(engine, output, run, read):
    """Record variants with `record(engine, variant)` and pick slices of the object "y"."""

    def perform(record, indices, count=3, name="y", axis="slice"):
        def script(e):
            for i in range(count):
                with e.variant() as variant:
                    record(e, i)
                    spec = variant.spec(name)
                    if i == 0:
                        shape = (count, *spec.resized({"slice": len(indices)}).shape)
                        place = Destination(output, "/all")
                        variant.gather("all", place, shape, np.dtype(np.float32))
                    variant.pick(name, axis, indices, "all", (i,))

        record_of_run = run(engine, script)
        return read(output, "/all"), record_of_run

    return perform


@pytest.mark.parametrize("seed", range(60))
def test_picked_slices_of_any_chain_are_those_of_plain_numpy(toys, stack, gather, seed):
    chain = Chain(toys, seed, stack)
    picked, _ = gather(chain.record, chain.indices)
    for variant in range(3):
        np.testing.assert_allclose(
            picked[variant], chain.plain(variant), rtol=2e-6, atol=1e-3, err_msg=str(chain.kinds)
        )


@pytest.mark.parametrize("seed", range(12))
def test_their_bits_are_those_of_a_whole_run(toys, stack, gather, make_engine, run, seed):
    chain = Chain(toys, seed, stack)
    picked, _ = gather(chain.record, chain.indices)
    whole = make_engine(memory=10**6)
    run(whole, lambda e: chain.record(e, 1), outputs=("y",))
    np.testing.assert_array_equal(picked[1], np.asarray(whole.data["y"])[chain.indices])


def test_only_the_rows_that_are_needed_are_computed(gather, toys, monkeypatch):
    seen = []
    execute = toys.ToyScale.execute

    def noting(self, *, input_dataobj, **further):
        seen.append(self.data[input_dataobj].shape[1])
        execute(self, input_dataobj=input_dataobj, **further)

    noting.__annotations__ = execute.__annotations__
    monkeypatch.setattr(toys.ToyScale, "execute", noting)

    def record(engine, variant):
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        engine["scale"].execute(input_dataobj="x", output_dataobj="x")
        engine["smooth"].execute(input_dataobj="x", output_dataobj="x", size=2)
        engine["scale"].execute(input_dataobj="x", output_dataobj="x", factor=variant)
        engine["slices"].execute(input_dataobj="x", output_dataobj="y")

    gather(record, [6])
    # The shared step once with two neighbours on each side, the others on the row alone.
    assert sorted(seen) == [1, 1, 1, 5]


def test_objects_of_other_shapes_do_not_fit(gather, engine):
    def record(engine, variant):
        engine["load"].execute(input_path="tomo", output_dataobj="x")
        engine["slices"].execute(input_dataobj="x", output_dataobj="y")

    with pytest.raises(AxesClash, match="same shape"):
        gather(record, [1, 2], axis="row")


def test_a_variant_finds_the_data_store_as_the_first_did(engine, output, run, read, stack):
    engine.data["given"] = stack

    def script(e):
        for i in range(2):
            with e.variant() as variant:
                e["scale"].execute(input_dataobj="given", output_dataobj="given", factor=i + 2)
                if i == 0:
                    variant.gather("all", Destination(output, "/all"), (2, 11, 1, 8), np.float32)
                variant.pick("given", "row", [3], "all", (i,))

    engine.run(RunRequest("test"), lambda: script(engine))
    np.testing.assert_array_equal(read(output, "/all")[:, :, 0], [2 * stack[:, 3], 3 * stack[:, 3]])


def test_saves_of_a_variant_are_noted_but_nothing_is_saved(engine, run, output, left_over):
    noted = []

    def script(e):
        with e.variant() as variant:
            e["load"].execute(input_path="tomo", output_dataobj="x")
            e["save"].execute(input_dataobj="x", output_path="/kept")
            noted.extend(variant.saved)

    run(engine, script)
    assert [(name, d.path, d.dataset) for name, d in noted] == [("x", output, "/kept")]
    assert output.name not in left_over()
