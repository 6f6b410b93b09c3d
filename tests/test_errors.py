from peerset import errors
from peerset.errors import ConflictError, PeersetError, QueryError, SchemaError


def test_every_error_is_one_of_peerset() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]

    assert all(issubclass(each, PeersetError) for each in classes)
    assert len(classes) == len([line for line in (errors.__doc__ or "").splitlines() if "Error" in line])


def test_a_schema_error_says_where_and_why() -> None:
    assert str(SchemaError("stars", "6 is more than 5")) == "stars: 6 is more than 5"
    assert str(SchemaError("", "5 is no object")) == "the value: 5 is no object"


def test_a_conflict_names_the_key_and_its_heads() -> None:
    error = ConflictError("berlin", (b"\xab" * 32, b"\x01" * 32))

    assert str(error) == "the register 'berlin' holds abababab, 01010101 now, not what was expected"
    assert error.heads == (b"\xab" * 32, b"\x01" * 32)
    assert "nothing" in str(ConflictError("a", ()))
    assert issubclass(QueryError, errors.ConfigError)
