"""`python -m providers.simulator`: the simulator without the site, as the stack starts it."""

from argparse import ArgumentParser
from pathlib import Path

from providers.simulator.command_line import add_arguments, serve_with


def main() -> None:
    parser = ArgumentParser(prog="simulator", description="Simulated providers of images")
    add_arguments(parser, Path("var"))
    serve_with(parser.parse_args())


if __name__ == "__main__":
    main()
