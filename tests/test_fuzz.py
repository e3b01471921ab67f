"""The pure parsers with what nobody wrote: a few cases of what `make fuzz` tries by the ten thousand."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzzing import TARGETS, Target, parse, texts


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.data())
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_whatever_comes_a_parser_answers_or_refuses(target: Target, data: st.DataObject) -> None:
    parse(target, data.draw(texts(target)))
