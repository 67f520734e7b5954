"""The numbers of rows, as addresses, forms and JSON say them."""

import pytest

from crmseg.common.ids import LARGEST_ID, is_id, read_id


@pytest.mark.parametrize("text", ["7", "007", str(LARGEST_ID)])
def test_a_number_that_a_row_can_have_is_read(text):
    assert read_id(text) == int(text)


@pytest.mark.parametrize("text", ["", "-7", "7.0", " 7", "²", "٣", str(LARGEST_ID + 1), "9" * 5_000])
def test_what_no_row_can_have_is_none(text):
    assert read_id(text) is None


@pytest.mark.parametrize(("value", "is_one"), [(7, True), (0, False), (True, False), ("7", False), (2**63, False)])
def test_only_positive_whole_numbers_of_json_are_ids(value, is_one):
    assert is_id(value) is is_one
