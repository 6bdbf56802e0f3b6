"""Commands of plugins, of one word and of two."""

from support import Command

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


def test_two_words(command: Command) -> None:
    command.plugin("humming", PLUGIN)
    assert command("voices", "hum", "ada", "--loud").stdout == f"ada True {command.state}\n"
    assert "ada" in command("voices", "ada").stdout
    helped = command("voices", "--help").stdout
    assert "takevoice voices hum" in helped
    assert "hum in a voice" in helped
    assert "hum in a voice" in command("--help").stdout
    assert "usage: takevoice voices hum" in command("voices", "hum", "--help").stdout


def test_a_state_dir_is_given_to_it(command: Command) -> None:
    command.plugin("humming", PLUGIN)
    assert (
        command("voices", "hum", "ada", "--state", "elsewhere").stdout == f"ada False {command.home / 'elsewhere'}\n"
    )


def test_other_commands_of_the_core_are_left_alone(command: Command) -> None:
    command.plugin("humming", PLUGIN)
    assert "--backend" in command("voices", "--help").stdout
    assert "jobs hum" not in command("--help").stdout
    assert command("jobs", "hum", check=None).returncode == 2
