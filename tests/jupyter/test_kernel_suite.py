"""The public test suite for Jupyter kernels, on ours."""

import jupyter_kernel_test
import pytest


@pytest.mark.kernel
class TestDaisyKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "daisy"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('oops', file=sys.stderr)"
    completion_samples = (
        {"text": "zi", "matches": {"zip"}},
        {"text": "from daisy_kernel import conn", "matches": {"connect"}},
    )
    complete_code_samples = ("1", "print('hello')", "def f(x):\n  return x*2\n\n\n")
    incomplete_code_samples = ("def f(x):", "print('''hello")
    invalid_code_samples = ("import = 7q",)
    code_page_something = "zip?"
    code_generate_error = "raise ValueError"
    code_execute_result = (
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "import daisy_kernel; len(daisy_kernel.connect().objects)", "result": "0"},
    )
    code_display_data = (
        {
            "code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))",
            "mime": "text/html",
        },
    )
    code_history_pattern = "1 ? 2*"
    supported_history_operations = ("tail", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
