"""Who may do what, and whom the doors believe."""

import itertools

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import SecretStr, ValidationError

from clusters.access import (
    RIGHTS,
    AccessDenied,
    Account,
    Right,
    Role,
    TokenReader,
    account_of_claims,
    account_of_gateway,
    may,
    require,
)
from clusters.access.doors import SECRET_HEADER
from clusters.access.tokens import ProviderError
from clusters.settings import Settings

NOW = 1_800_000_000.0
URL = "http://127.0.0.1:9/.well-known/openid-configuration"


def test_every_right_has_a_role_and_roles_only_gain():
    assert set(RIGHTS) == set(Right)
    allowed = [{right for right in Right if may(Account("a", role), right)} for role in Role]
    assert allowed[0] == {Right.LOOK, Right.FIRMS}
    assert allowed[-1] == set(Right)
    assert all(less < more for less, more in itertools.pairwise(allowed))


def test_a_refusal_names_the_role_needed():
    require(Account("u", Role.EDITOR), Right.RECORD)
    with pytest.raises(AccessDenied, match="needs editor"):
        require(Account("u", Role.ANALYST), Right.RECORD)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"roles": "viewer"}, Role.VIEWER),
        ({"roles": ["viewer", "editor", "unknown"]}, Role.EDITOR),
        ({"roles": ["规划处"]}, Role.ANALYST),
    ],
)
def test_the_highest_known_role_counts(claims, role):
    settings = Settings(role_names={"规划处": "analyst"})
    claims = {"sub": "u1", "exp": NOW + 1, **claims}
    assert account_of_claims(claims, settings, now=NOW) == Account("u1", role)


def test_roles_may_lie_deep_and_may_have_a_default():
    deep = {"sub": "u", "exp": NOW + 1, "realm": {"roles": ["admin"]}}
    assert account_of_claims(deep, Settings(role_claim="realm.roles"), now=NOW).role is Role.ADMIN
    bare = {"sub": "u", "exp": NOW + 1}
    assert account_of_claims(bare, Settings(default_role="viewer"), now=NOW).role is Role.VIEWER


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": "u", "roles": "admin"}, "nothing of its end"),
        ({"sub": "u", "roles": "admin", "exp": NOW}, "run out"),
        ({"sub": "u", "roles": "admin", "exp": True}, "nothing of its end"),
        ({"sub": "", "roles": "admin", "exp": NOW + 1}, "names nobody"),
        ({"sub": "u", "roles": "root", "exp": NOW + 1}, "no role"),
        ({"sub": "u", "roles": {"admin": 1}, "exp": NOW + 1}, "no role"),
        ({"sub": "u", "exp": NOW + 1}, "no role"),
    ],
)
def test_doubtful_claims_are_refused(claims, told):
    with pytest.raises(AccessDenied, match=told):
        account_of_claims(claims, Settings(), now=NOW)


def test_a_gateway_needs_its_secret_a_user_and_a_role():
    settings = Settings(access="gateway", gateway_secret=SecretStr("s"))
    good = {
        SECRET_HEADER.upper(): "s",
        "x-forwarded-user": "u",
        "X-Forwarded-Role": "viewer, admin",
    }
    assert account_of_gateway(good, settings) == Account("u", Role.ADMIN)
    for missing in good:
        part = {name: value for name, value in good.items() if name != missing}
        with pytest.raises(AccessDenied):
            account_of_gateway(part, settings)
    with pytest.raises(AccessDenied):
        account_of_gateway(good | {SECRET_HEADER.upper(): "S"}, settings)
    # Whose word a repeated header is nobody can tell, be it the first or the last.
    for name, other in (("X-FORWARDED-ROLE", "viewer"), ("x-forwarded-user", "v")):
        for pairs in ([*good.items(), (name, other)], [(name, other), *good.items()]):
            with pytest.raises(AccessDenied, match="came twice"):
                account_of_gateway(pairs, settings)
    twice = [*good.items(), ("Accept", "a"), ("Accept", "b")]
    assert account_of_gateway(twice, settings) == Account("u", Role.ADMIN)
    # Without a secret nobody could be told from anybody: such settings do not come to be.
    with pytest.raises(ValidationError, match="CLUSTERS_GATEWAY_SECRET"):
        Settings(access="gateway")


class Provider:
    """An identity provider that can change its keys or fall silent."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.asked = 0
        self.silent = False

    def turn_keys(self):
        self.key = RSAKey.generate_key(2048, {"kid": "2"})

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.silent:
            raise httpx.ConnectError("silent", request=request)
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(
                200, json={"issuer": "https://id", "jwks_uri": "http://127.0.0.1:9/keys"}
            )
        return httpx.Response(200, json=KeySet([self.key]).as_dict(private=False))

    def token(self, key=None, algorithm="RS256", **claims):
        body = {"iss": "https://id", "aud": "clusters", "exp": 4_000_000_000, "sub": "u"} | claims
        body = {name: value for name, value in body.items() if value is not None}
        key = key or self.key
        return jwt.encode({"alg": algorithm, "kid": key.kid}, body, key)


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def reader(provider):
    settings = Settings(
        access="oidc",
        oidc_metadata_url=URL,
        oidc_client_id="clusters",
        oidc_client_secret=SecretStr("s"),
        cookie_secret=SecretStr("c" * 32),
    )
    return TokenReader(settings, httpx.Client(transport=httpx.MockTransport(provider.answer)))


def test_a_good_token_is_read_with_keys_fetched_once(provider, reader):
    for _ in range(3):
        assert reader.claims(provider.token(roles=["viewer"]))["sub"] == "u"
    assert provider.asked == 2  # metadata and keys


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://other"}, {"aud": "other"}, {"exp": 1_000}, {"exp": None}, {"aud": None}],
)
def test_tokens_for_others_or_of_yesterday_are_refused(provider, reader, claims):
    with pytest.raises(AccessDenied):
        reader.claims(provider.token(**claims))


def test_forged_tokens_are_refused_without_asking_each_time(provider, reader):
    stranger = RSAKey.generate_key(2048, {"kid": "1"})
    head, body, _ = provider.token().split(".")
    for token in (provider.token(stranger), f"{head}.{body}.", f"{head}.{body}", "", "a.b.c"):
        with pytest.raises(AccessDenied):
            reader.claims(token)
    assert provider.asked <= 4


def test_new_keys_of_the_provider_are_found(provider, reader, monkeypatch):
    reader.claims(provider.token())
    provider.turn_keys()
    monkeypatch.setattr("clusters.access.tokens._LEEWAY_SECONDS", 0)
    assert reader.claims(provider.token())["sub"] == "u"


def test_a_silent_provider_is_told_as_such(provider, reader):
    provider.silent = True
    with pytest.raises(ProviderError, match="try again later"):
        reader.claims(provider.token())
