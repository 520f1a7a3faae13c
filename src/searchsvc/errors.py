"""Every error this package raises on purpose, under one base.

    SearchServiceError                 code            exit  raised by / what the caller should do
    ├── UsageError                                      2    the request itself cannot be carried out
    │   ├── ConfigError                config_invalid   2    config: mend the named option
    │   ├── InvalidParameter           invalid_parameter 2   service, web: mend the named parameter
    │   │   ├── QueryTooLong           query_too_long   2    query: shorten the query
    │   │   └── TooLarge               body_too_large   2    editors: send less at once
    │   ├── SourceNotFound             source_not_found 2    ingest: the path given does not exist
    │   ├── SourceConflict             source_conflict  2    ingest: choose another --source or folder
    │   ├── RemovalsRefused            removals_refused 2    ingest: check the folder, then --allow-removals
    │   └── PortUnavailable            port_unavailable 2    web: serve on another --port
    ├── AccessDenied                                    2    web: editors' pages and API
    │   ├── EditorsClosed              no_tokens        2    create a token: `searchsvc token NAME`
    │   ├── TokenRequired              token_required   2    send `Authorization: Bearer TOKEN`
    │   ├── TokenInvalid               token_invalid    2    the token is unknown or was revoked
    │   ├── CrossSite                  cross_site       2    send the form from its own page, loaded anew
    │   └── HostNotAllowed             host_not_allowed 2    name the host in trusted_hosts
    ├── ArticleNotFound                not_found        2    service: no article has this id or key
    ├── ClusterNotFound                cluster_not_found 2   editors: no cluster has this id now
    ├── DecisionNotFound               decision_not_found 2  state: no decision in force has this id
    ├── DecisionConflict               decision_conflict 2   editors: look at the decision in force, then decide
    ├── PageRejected                   page_...         1    ingest: this page is left out, the run goes on
    ├── StateUnusable                  state_unusable   3    state: mend or restore the file named
    └── IndexUnusable                                   3    engines: the index needs attention
        ├── IndexMissing               index_missing    3    run `searchsvc ingest`
        ├── IndexLocked                index_locked     3    wait for the process named, or stop it
        ├── IndexDamaged               index_damaged    3    run `searchsvc verify`; restore or ingest anew
        ├── DuplicatesUnreadable       duplicates_unreadable 3 editors: the store of duplicates is busy or refused
        └── IndexIncompatible          index_incompatible 3  run `searchsvc reindex`

`code` is stable: scripts may rely on it. `message` says what was wrong; `hint` says what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .editorial import Decision


class SearchServiceError(Exception):
    """Base of all errors of this package. Catch it at a face (CLI, web) and nowhere else."""

    code: str = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(SearchServiceError):
    """The request cannot be carried out as given; nothing was changed."""

    code = "usage"


class ConfigError(UsageError):
    """A setting is unknown or has a value that cannot be used."""

    code = "config_invalid"


class InvalidParameter(UsageError):
    """A parameter of a search (limit, date, sort ...) has a value that cannot be used."""

    code = "invalid_parameter"

    def __init__(self, parameter: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__, self.args))


class QueryTooLong(InvalidParameter):
    """The query is longer than the limit (512 characters)."""

    code = "query_too_long"


class TooLarge(InvalidParameter):
    """A draft, or a list of titles, is longer than what is looked at in one request."""

    code = "body_too_large"


class SourceNotFound(UsageError):
    """A path given to ingest does not exist."""

    code = "source_not_found"


class SourceConflict(UsageError):
    """Two sources would own the same article, or one source's folder lies inside another's."""

    code = "source_conflict"


class RemovalsRefused(UsageError):
    """A run would remove a large part of a source; it asks before it does."""

    code = "removals_refused"


class PortUnavailable(UsageError):
    """The address to serve on is taken or not ours."""

    code = "port_unavailable"


class AccessDenied(SearchServiceError):
    """Something of the editors' was asked for without the right to it; nothing was shown or changed."""

    code = "access_denied"


class EditorsClosed(AccessDenied):
    """There is no token at all, so nobody can be an editor."""

    code = "no_tokens"


class TokenRequired(AccessDenied):
    """A request to the editors' API came without a token."""

    code = "token_required"


class TokenInvalid(AccessDenied):
    """The token shown is unknown, or was revoked."""

    code = "token_invalid"


class CrossSite(AccessDenied):
    """A form was sent from another site, or from a page of an earlier session."""

    code = "cross_site"


class HostNotAllowed(AccessDenied):
    """Something of the editors' was asked for under a host name that may be an attacker's."""

    code = "host_not_allowed"


class ArticleNotFound(SearchServiceError):
    """No article has this id or key."""

    code = "not_found"


class ClusterNotFound(SearchServiceError):
    """No cluster of duplicates has this id: it was decided, or its oldest article changed."""

    code = "cluster_not_found"


class DecisionNotFound(SearchServiceError):
    """No decision in force has this id: there never was one, it was undone, or a newer one took its place."""

    code = "decision_not_found"


class DecisionConflict(SearchServiceError):
    """Another decision about the two articles is in force than the one that was seen; nothing was stored.

    `decision` is the one in force; None when the one seen was taken back.
    """

    code = "decision_conflict"

    def __init__(self, decision: Decision | None) -> None:
        what = "the one seen was taken back" if decision is None else f"{decision.id} by {decision.by} is in force"
        super().__init__(
            f"Something else was decided about these articles: {what}.",
            hint="Look at it, then give its id as expected (leave it out when none is in force).",
        )
        self.decision = decision


class StateUnusable(SearchServiceError):
    """What the editors decided cannot be read or written: the file is damaged, of another program or a newer version,
    or the operating system refused. What was written before stands."""

    code = "state_unusable"
    exit_code = 3


class PageRejected(SearchServiceError):
    """One page cannot become an article. `code` says why; the codes are listed in REJECT_CODES."""

    exit_code = 1

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        if code not in REJECT_CODES:
            raise ValueError(f"unknown reject code {code!r}")
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__, self.args))


class IndexUnusable(SearchServiceError):
    """The index cannot be used as it is."""

    code = "index_unusable"
    exit_code = 3


class IndexMissing(IndexUnusable):
    """There is no index in the folder."""

    code = "index_missing"


class IndexLocked(IndexUnusable):
    """Another process is writing to the index."""

    code = "index_locked"


class IndexNotWritten(IndexUnusable):
    """The operating system refused to write: the disk is full, or the folder not ours. The last commit stands."""

    code = "index_not_written"


class IndexDamaged(IndexUnusable):
    """A file of the index is missing, cut short or altered."""

    code = "index_damaged"


class DuplicatesUnreadable(IndexUnusable):
    """What is known of duplicates cannot be read now: another process has the file, or the system refuses."""

    code = "duplicates_unreadable"


class IndexIncompatible(IndexUnusable):
    """The index was written with another format, folding, dictionary or segmenter."""

    code = "index_incompatible"


#: Why a page was rejected. Stable: they appear in reports that scripts read.
REJECT_CODES = frozenset(
    {
        "page_empty",  # no bytes, or white space only
        "page_binary",  # not text: a picture, a PDF, an archive
        "page_too_large",  # over the size limit
        "page_charset",  # no charset reads these bytes as text
        "page_no_article",  # HTML without an article in it
        "page_unreadable",  # the operating system refused: permissions, input/output error
        "page_vanished",  # was there when listed, gone when read
        "page_too_complex",  # gave up within the time or memory a page may take
        "record_invalid",  # a line of JSON that is not an article
        "archive_damaged",  # an archive, or a member of it, cannot be read
        "path_unsafe",  # a name that would leave the folder or archive
    }
)


def _rebuild(cls: type[SearchServiceError], state: dict[str, object], args: tuple[object, ...]) -> object:
    """Unpickle an error whose constructor takes more than a message (errors cross process pools)."""
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error
