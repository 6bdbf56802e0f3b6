"""Commands of plugins, of one word and of two."""

from support import Cli

PLUGIN = """
from takevoice import hookimpl


@hookimpl
def register_commands(cli):
    cli.add("hum", "hum a tune", lambda parser: None, lambda args: 0)
    cli.add("voices hum", "hum in a voice", configure, hum)
    cli.add("jobs hum", "to the core's other commands nothing is added", configure, hum)
    cli.add("voices", "nor is one replaced", configure, hum)


def configure(parser):
    parser.add_argument("name")
    parser.add_argument("--loud", action="store_true")


def hum(args):
    print(args.name, args.loud, args.state)
    return 0
"""


def test_two_words(cli: Cli) -> None:
    cli.plugin("humming", PLUGIN)
    assert cli("voices", "hum", "ada", "--loud").stdout == f"ada True {cli.state}\n"
    assert "ada" in cli("voices", "ada").stdout
    helped = cli("voices", "--help").stdout
    assert "takevoice voices hum" in helped
    assert "hum in a voice" in helped
    assert "hum in a voice" in cli("--help").stdout
    assert "usage: takevoice voices hum" in cli("voices", "hum", "--help").stdout


def test_a_state_dir_is_given_to_it(cli: Cli) -> None:
    cli.plugin("humming", PLUGIN)
    assert (
        cli("voices", "hum", "ada", "--state", "elsewhere").stdout == f"ada False {cli.home / 'elsewhere'}\n"
    )


def test_other_commands_of_the_core_are_left_alone(cli: Cli) -> None:
    cli.plugin("humming", PLUGIN)
    assert "--backend" in cli("voices", "--help").stdout
    assert "jobs hum" not in cli("--help").stdout
    assert cli("jobs", "hum", check=None).returncode == 2
