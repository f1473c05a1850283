"""Write a profile as TOML."""

from clusters.registry.toml import toml_text
from clusters.screening.profile import Profile, profile_to_mapping

__all__ = ["profile_to_toml"]


def profile_to_toml(profile: Profile) -> str:
    """Return a profile as the TOML text that `profile.read_profile` reads back."""
    return toml_text(profile_to_mapping(profile))
