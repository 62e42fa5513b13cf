"""Journeys of the terminal UI once more, with a real server between the screens and the registry."""

from __future__ import annotations

import pytest

from tui.stage import Stage
from tui.test_confirm import (  # noqa: F401 - played here as they stand
    test_a_contributor_is_refused_in_words,
    test_words_that_were_not_used_are_there_the_next_time,
)
from tui.test_edit_screen import (  # noqa: F401
    made_standard,
    standard,
    test_a_field_that_is_typed_turns_the_class_and_asks_what_the_class_needs,
    test_a_request_goes_to_those_responsible,
    test_nothing_is_submitted_without_a_reason_and_all_that_is_missing_is_said,
)
from tui.test_review_screen import (  # noqa: F401
    test_a_comment_stands_on_its_field_and_x_settles_it,
    test_an_unknown_change_is_said_in_the_panel,
    test_enter_on_a_row_of_the_inbox_opens_the_change,
    test_n_walks_the_findings_and_counts_those_that_were_read,
    test_v_evaluates_and_p_walks_the_pages,
)


@pytest.fixture(autouse=True)
def _over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stage, "over_http", True)
