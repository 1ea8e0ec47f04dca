"""Every error Osler raises on purpose, as one tree.

    OslerError                      exit 1
    ├── UserError                   exit 2: what was typed cannot be used
    │   ├── QuestionError           the question itself (empty, too long, not text)
    │   ├── UnknownDocument         no such document
    │   ├── UnknownAnswer           no such stored answer
    │   ├── InputFileError          a file named by the user is missing, unreadable or malformed
    │   ├── Refused                 the review desk does not allow it, with every reason
    │   │   └── Conflict            somebody changed it first: read it again
    │   └── SignInRefused           login, password, session, key or token is not accepted
    ├── SourceError                 exit 3: a record of a source cannot become a Document
    │   ├── ExtractionError         a line of an extraction file breaks its schema or contradicts itself
    │   └── FetchError              a source on the network did not give what was asked (may be retryable)
    ├── LibraryError                exit 4: the library directory is not usable
    │   ├── LibraryLocked           another process is writing
    │   ├── LibraryReplaced         the library was restored or repaired while it was open: open it again
    │   └── LibraryDamaged          stored bytes do not match their checksum, or the schema is unknown
    │       └── LibraryOutdated     the schema is an older one; opening the library brings it up to date
    └── IndexUnusable                 exit 5: the derived index is missing, stale or damaged (rebuild mends it)

Abstaining, asking back and escalating are answers, not errors.
"""

from __future__ import annotations


class OslerError(Exception):
    """Base of all; `exit_code` is what the command line returns."""

    exit_code = 1


class UserError(OslerError):
    exit_code = 2


class QuestionError(UserError):
    pass


class UnknownDocument(UserError):
    pass


class UnknownAnswer(UserError):
    pass


class InputFileError(UserError):
    pass


class Refused(UserError):
    """`reasons`: all of them, in words for the person who tried."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Conflict(Refused):
    pass


class SignInRefused(UserError):
    """`retry_after_s`: how long to wait after too many tries; None when waiting does not help."""

    def __init__(self, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceError(OslerError):
    exit_code = 3


class ExtractionError(SourceError):
    pass


class FetchError(SourceError):
    """`retryable`: the same request may succeed later, after `retry_after_s` when the source named a wait. `status`: HTTP's."""

    def __init__(
        self, message: str, *, retryable: bool = False, retry_after_s: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.status = status


class LibraryError(OslerError):
    exit_code = 4


class LibraryLocked(LibraryError):
    pass


class LibraryReplaced(LibraryError):
    pass


class LibraryDamaged(LibraryError):
    pass


class LibraryOutdated(LibraryDamaged):
    pass


class IndexUnusable(OslerError):
    exit_code = 5
