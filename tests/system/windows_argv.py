"""How Windows splits a command line into arguments, from Microsoft's description of CommandLineToArgvW alone."""

from __future__ import annotations


def arguments(line: str) -> list[str]:
    """Return the arguments of a line without the program's name.

    2n backslashes and a quotation mark are n backslashes and the begin or end of a quoted part; 2n + 1 are n backslashes
    and a quotation mark; other backslashes stand for themselves. Blanks and tabs outside a quoted part separate.
    """
    found: list[str] = []
    word: list[str] = []
    began = quoted = False
    position = 0
    while position < len(line):
        character = line[position]
        slashes = 0
        while position < len(line) and line[position] == "\\":
            slashes, position = slashes + 1, position + 1
        if slashes:
            began = True
            if position < len(line) and line[position] == '"':
                word.append("\\" * (slashes // 2))
                if slashes % 2:
                    word.append('"')
                    position += 1
            else:
                word.append("\\" * slashes)
            continue
        if character == '"':
            quoted, began = not quoted, True
        elif character in " \t" and not quoted:
            if began:
                found.append("".join(word))
            word, began = [], False
        else:
            word.append(character)
            began = True
        position += 1
    return [*found, "".join(word)] if began else found
