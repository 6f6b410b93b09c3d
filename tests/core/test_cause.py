"""Each cause of a refusal has one error."""

from peerset.core.cause import ERRORS, Cause
from peerset.errors import AgeError, RejectedError, SignatureError


def test_every_cause_has_its_error() -> None:
    assert set(ERRORS) == set(Cause)


def test_only_age_and_signature_have_errors_of_their_own() -> None:
    own = {cause: error for cause, error in ERRORS.items() if error is not RejectedError}
    assert own == {Cause.AGE: AgeError, Cause.SIGNATURE: SignatureError}
