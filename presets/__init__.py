"""The presets that come with zoomdream, mapped into the package as `zoomdream.library`."""
