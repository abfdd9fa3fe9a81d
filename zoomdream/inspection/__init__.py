"""Films looked at: what made them, whether they are whole, and how they hold."""

from zoomdream.inspection.look import Inspection, inspect
from zoomdream.inspection.promise import Promise
from zoomdream.inspection.quality import Drift, Quality, Sharpness, Spots, Steps

__all__ = ["Drift", "Inspection", "Promise", "Quality", "Sharpness", "Spots", "Steps", "inspect"]
