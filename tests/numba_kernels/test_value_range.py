import numpy as np
import pytest

from daisy_kernel.numba_kernels import Outside, convert_range, count_outside

LOW, HIGH = -0.37, 2.11
DTYPES = {8: np.uint8, 16: np.uint16}


def by_numpy(volume, low, high, bits):
    """Codes after the formula, in extended precision."""
    top = 2**bits - 1
    with np.errstate(invalid="ignore"):
        exact = (volume.astype(np.longdouble) - low) * top / (np.longdouble(high) - low)
    return np.floor(np.clip(np.nan_to_num(exact, nan=0, posinf=1e9, neginf=-1e9), 0, top) + 0.5)


@pytest.mark.parametrize("bits", DTYPES)
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "f2"])
def test_codes_are_those_of_the_formula_everywhere(bits, dtype):
    volume = np.random.default_rng(1).normal(1, 1, (5, 40, 33)).astype(dtype)
    volume[0, 0, :5] = np.nan, np.inf, -np.inf, LOW, HIGH
    codes, outside = convert_range(volume, low=LOW, high=HIGH, bits=bits)
    assert codes.dtype == DTYPES[bits]
    np.testing.assert_array_equal(codes, by_numpy(volume, LOW, HIGH, bits))
    numbers = volume.astype(np.float64)
    expected = Outside(int((numbers < LOW).sum()), int((numbers > HIGH).sum()), 1)
    assert outside == expected == count_outside(volume, low=LOW, high=HIGH)
    assert outside.total == expected.below + expected.above + 1


@pytest.mark.parametrize("bits", DTYPES)
def test_the_inverse_is_off_by_at_most_half_a_code(bits):
    volume = np.random.default_rng(2).uniform(LOW, HIGH, (4, 50, 50))
    codes, _ = convert_range(volume, low=LOW, high=HIGH, bits=bits)
    step = (HIGH - LOW) / (2**bits - 1)
    assert np.abs(LOW + codes * step - volume).max() <= step / 2 * (1 + 1e-9)
    # Every code comes back to itself.
    exact = LOW + np.arange(2**bits).reshape(1, 1, -1) * step
    back, outside = convert_range(exact, low=LOW, high=HIGH + 1e-12, bits=bits)
    np.testing.assert_array_equal(back.ravel(), np.arange(2**bits))
    assert outside.above == outside.nan == 0


def test_ties_go_up():
    volume = np.array([0.5, 1.5, 2.5, 254.5]).reshape(1, 1, -1)
    codes, outside = convert_range(volume, low=0, high=255, bits=8)
    assert codes.ravel().tolist() == [1, 2, 3, 255]
    assert outside == Outside(0, 0, 0)


def test_whole_numbers_are_converted_too():
    volume = np.arange(1000, dtype=np.uint16).reshape(1, 10, 100)
    codes, outside = convert_range(volume, low=100, high=355, bits=8)
    np.testing.assert_array_equal(codes, np.clip(volume.astype(int) - 100, 0, 255))
    assert outside == Outside(100, 1000 - 356, 0)


@pytest.mark.parametrize(
    ("low", "high"), [(1, 1), (2, 1), (np.nan, 1), (0, np.inf), (-1e308, 1e308), (0, 5e-324)]
)
def test_what_is_no_range_is_refused(low, high):
    volume = np.ones((1, 2, 2), np.float32)
    for call in (convert_range, count_outside):
        bits = {"bits": 8} if call is convert_range else {}
        with pytest.raises(ValueError, match="the second one larger"):
            call(volume, low=low, high=high, **bits)


def test_other_numbers_of_bits_are_refused():
    with pytest.raises(ValueError, match="choose 8 or 16"):
        convert_range(np.ones((1, 2, 2)), low=0, high=1, bits=7)
