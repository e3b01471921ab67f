"""Jobs and topics as bytes, there and back: MessagePack of frozen records."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import msgspec
import numpy as np

from crawler.cluster.jobs import HostJob
from crawler.topics.match import TopicMatcher
from crawler.topics.meaning import Meaning, Scale, Vectors
from crawler.topics.profile import profile_from_json, profile_to_json
from storage.errors import RecordError
from storage.records.sources import HostMemory
from storage.records.topics import Topic

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class _Scale:
    """A `Scale` without arrays."""

    centre: bytes
    middle: float
    deviation: float


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A `Meaning` without arrays."""

    plain: bytes
    centred: bytes
    scales: dict[str, _Scale]
    wanted: frozenset[str]
    basis: str


@dataclass(frozen=True, slots=True)
class _SentTopic:
    """A topic with what was learnt of it; its queries are read anew."""

    topic: Topic
    profiles: dict[str, str]
    versions: dict[str, int]
    named_in: frozenset[str]
    meaning: _Meaning | None = None


def job_to_bytes(job: HostJob) -> bytes:
    """*job*, for PostgreSQL."""
    return msgspec.msgpack.encode(job)


def job_from_bytes(payload: bytes) -> HostJob:
    """The job that `job_to_bytes` wrote; raises RecordError if it is none."""
    return _decoded(HostJob, payload)


def memory_to_bytes(memory: HostMemory) -> bytes:
    """What a host has asked for, for PostgreSQL."""
    return msgspec.msgpack.encode(memory)


def memory_from_bytes(payload: bytes) -> HostMemory:
    """The memory that `memory_to_bytes` wrote; raises RecordError if it is none."""
    return _decoded(HostMemory, payload)


def topics_to_bytes(matchers: Sequence[TopicMatcher]) -> tuple[str, bytes]:
    """What workers need of the topics, with its revision: equal topics have equal ones."""
    payload = msgspec.msgpack.encode([_sent(matcher) for matcher in matchers], order="deterministic")
    return hashlib.blake2b(payload, digest_size=16).hexdigest(), payload


def topics_from_bytes(payload: bytes) -> tuple[TopicMatcher, ...]:
    """The matchers that `topics_to_bytes` wrote.

    Raises:
        RecordError: there are none.
        QueryError: a rule cannot be read.
    """
    return tuple(_matcher(sent) for sent in _decoded(list[_SentTopic], payload))


def _sent(matcher: TopicMatcher) -> _SentTopic:
    meaning = matcher.meaning
    return _SentTopic(
        matcher.topic,
        {language: profile_to_json(profile) for language, profile in matcher.profiles.items()},
        dict(matcher.versions),
        matcher.named_in,
        None if meaning is None else _sent_meaning(meaning),
    )


def _sent_meaning(meaning: Meaning) -> _Meaning:
    return _Meaning(
        _bytes_of(meaning.plain),
        _bytes_of(meaning.centred),
        {
            language: _Scale(_bytes_of(scale.centre), scale.middle, scale.deviation)
            for language, scale in meaning.scales.items()
        },
        meaning.wanted,
        meaning.basis,
    )


def _matcher(sent: _SentTopic) -> TopicMatcher:
    profiles = {language: profile_from_json(text) for language, text in sent.profiles.items()}
    matcher = TopicMatcher.of(sent.topic, profiles, sent.versions, sent.named_in)
    return matcher if sent.meaning is None else replace(matcher, meaning=_meaning(sent.meaning))


def _meaning(sent: _Meaning) -> Meaning:
    return Meaning(
        _vectors(sent.plain),
        _vectors(sent.centred),
        {
            language: Scale(_vectors(scale.centre), scale.middle, scale.deviation)
            for language, scale in sent.scales.items()
        },
        sent.wanted,
        sent.basis,
    )


def _bytes_of(vectors: Vectors) -> bytes:
    return vectors.astype("<f4").tobytes()


def _vectors(stored: bytes) -> Vectors:
    return np.frombuffer(stored, dtype="<f4").astype(np.float32)


@cache
def _decoder(kind: Any) -> "msgspec.msgpack.Decoder[Any]":
    return msgspec.msgpack.Decoder(kind)


def _decoded(kind: type[Record], payload: bytes) -> Record:
    try:
        found: Record = _decoder(kind).decode(payload)  # type: ignore[arg-type]  # a class can be hashed
    except msgspec.DecodeError as error:
        raise RecordError(str(error)) from error
    return found
