"""Personal data: from the classification of columns to what people have a right to."""

from entraide.privacy.export import export_member
from entraide.privacy.snapshot import take

__all__ = ["export_member", "take"]
