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
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    def test_history(self):
        """In place of the suite's own: IPython calls the present session 0 in a range."""
        codes = [sample["code"] for sample in self.code_execute_result]

        def asked(execute_first=(), **question):
            reply = self.history_helper(execute_first, output=False, raw=True, **question)
            return reply["content"]["history"]

        tail = asked(codes, hist_access_type="tail", n=len(codes))
        assert [source for _, _, source in tail] == codes
        session, line, _ = tail[0]
        stretch = {"session": session, "start": line, "stop": line + 1}
        assert [entry[1:] for entry in asked(hist_access_type="range", **stretch)] == [
            [line, codes[0]]
        ]
        found = asked(hist_access_type="search", pattern="1 ? 2*", n=10, unique=True)
        assert codes[0] in [source for _, _, source in found]
