"""What all tests share."""

import pytest

pytest.register_assert_rewrite("worlds")  # what fails in there shows its values, as in a test
