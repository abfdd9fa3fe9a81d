"""``python -m zoomdream``."""

from zoomdream.cli.main import main

main()
