"""Everything people read exists in every language: complete, with its blanks kept, and really translated."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from crmseg import messages

# Names and words that a language writes as English does.
SAME_WORDS_AT_MOST = 0.12


@pytest.fixture(scope="module")
def source() -> Catalog:
    return messages.strings()


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_string_of_the_source_is_translated(language, source):
    catalogue = messages.catalogue_of(language)
    known = {(message.id, message.context) for message in catalogue}
    missing = [message.id for message in source if (message.id, message.context) not in known]
    assert missing == [], "run `python3 dev.py manage messages`, then translate"
    assert [message.id for message in messages.untranslated(catalogue)] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_translations_keep_what_is_filled_in(language):
    assert [message.id for message in messages.broken(messages.catalogue_of(language))] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_translations_are_not_copies_of_the_english(language):
    catalogue = messages.catalogue_of(language)
    texts = [message for message in catalogue if message.id and isinstance(message.id, str)]
    same = [message.id for message in texts if message.string == message.id]
    sentences = [text for text in same if len(text.split()) > 3]
    assert sentences == []
    assert len(same) / len(texts) < SAME_WORDS_AT_MOST
