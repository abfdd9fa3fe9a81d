"""The kinds of map by name."""

from zoomdream.still.class_maps import cam, gradcam, gradcam_plus_plus, guided_gradcam
from zoomdream.still.covering import occlusion
from zoomdream.still.path import integrated
from zoomdream.still.sensitivity import guided, saliency, smoothgrad

METHODS = {
    "saliency": saliency,
    "smoothgrad": smoothgrad,
    "integrated": integrated,
    "guided": guided,
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "cam": cam,
    "guided-gradcam": guided_gradcam,
    "occlusion": occlusion,
}
"""Name on the command line → method; each takes a question and its own settings by keyword."""
