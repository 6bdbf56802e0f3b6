"""`takevoice serve --house`: address, certificate, keys and signals."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, cast

from fastapi import APIRouter, Depends

from takevoice import ProcessLock, errors, is_loopback
from takevoice_plugins.house.app import create_app
from takevoice_plugins.house.certificate import Certificate, own_certificate
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.doors import key_check
from takevoice_plugins.house.file_limit import raise_file_limit
from takevoice_plugins.house.free import FarmOffice
from takevoice_plugins.house.house import House
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.keys import ADMIN, Keys
from takevoice_plugins.house.offers import SERVICE, Offers
from takevoice_plugins.house.options import (
    AUTO,
    ENGINES,
    LOCAL,
    NEURAL,
    OPTIONS,
    HouseOptions,
    in_force,
    read_options,
)
from takevoice_plugins.house.overview_page import PATH
from takevoice_plugins.house.seam import Farm, WorkerFarm
from takevoice_plugins.house.threads import ThreadFarm
from takevoice_plugins.house.upstream import Upstream, real_key
from takevoice_plugins.house.voice_files import VoiceFiles
from takevoice_plugins.neural import Neural
from takevoice_plugins.server.aliases import with_given
from takevoice_plugins.server.command import (
    Server,
    alias_pairs,
    listening,
    own_signals,
    server_config,
    url_of,
)
from takevoice_plugins.server.engine import Engine, NeuralEngine, engine_of
from takevoice_plugins.server.limits import Limits

CONNECTIONS, UPLOADS = 4000, 64
DATABASE_VARIABLE = "TAKEVOICE_DATABASE"
_BY = {
    SERVICE: "ElevenLabs, with the house's key",
    LOCAL: "the local engine, free of charge",
    NEURAL: "the neural backend, free of charge",
}
FARMS = "takevoice.farm"  # the group of entry points, named after the schemes of databases' addresses


def serve_house(host: str, port: int, state: Path, aliases: Sequence[str], *, tls: bool, database: str) -> int:
    """Serve the house until Ctrl-C or SIGTERM; return the exit code.

    `tls`: encrypt also on an address that only this machine reaches. `database`: the PostgreSQL of the workers.

    Raises:
        ConfigError: the address or an option cannot be used, or the house runs already.
    """
    folder = house_folder(state)
    options = read_options(folder / OPTIONS)
    lock = _locked(folder)
    try:
        _serve(host, port, state, aliases, folder, options, tls=tls, database=database or os.environ.get(DATABASE_VARIABLE) or options.database)
    finally:
        lock.release()
    print("stopped", file=sys.stderr)
    return 0


def _serve(
    host: str, port: int, state: Path, aliases: Sequence[str], folder: Path, options: HouseOptions, *, tls: bool, database: str
) -> None:
    raise_file_limit(2 * CONNECTIONS)
    limits = Limits(connections=CONNECTIONS, uploads=UPLOADS)
    ledger = Database(folder / LEDGER)
    upstream = _upstream(options, ledger)
    farms = _farms_on(database) if database else None
    main = SERVICE if upstream is not None else options.backend if options.backend in ENGINES else LOCAL
    engines = {name: _engine(name, state, by_workers=bool(database)) for name in ENGINES if name in (main, *options.free)}
    known = with_given(alias_pairs(aliases), engines[main].voices() if main in engines else ())
    offers = Offers(main, engines, known)
    certificate = certificate_for(host, folder, tls=tls)

    def open_farm(office: FarmOffice) -> Farm:
        if farms is not None:
            return farms(office, folder)
        return ThreadFarm(office, engines, limits.conversions)

    def make_house() -> House:
        return House(folder, ledger, options, limits, offers, upstream, open_farm, VoiceFiles(state))

    with listening(host, port) as listener, own_signals():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        for name in ("uvicorn", "httpx"):
            logging.getLogger(name).setLevel(logging.WARNING)
        url = url_of(host, listener, tls=certificate is not None)

        def on_started() -> None:
            _print_start(url, certificate, Keys(ledger), offers, options, workers=bool(database))

        app = create_app(make_house, limits, known, farm_routes=_farm_routes if database else None, on_started=on_started)
        encrypted = {"ssl_certfile": certificate.path, "ssl_keyfile": certificate.key_path} if certificate else {}
        config = server_config(app, limits, **encrypted)
        Server(config, app.state.running).run([listener])
    if not app.state.whole:
        _leave()


def certificate_for(host: str, folder: Path, *, tls: bool) -> Certificate | None:
    """Return the certificate to serve with; None for connections that only this machine can make, unless `tls`."""
    return own_certificate(folder) if tls or not is_loopback(host) else None


def _upstream(options: HouseOptions, ledger: Database) -> Upstream | None:
    """Return the service; None for a house without it.

    Raises:
        ConfigError: it is wanted, or was used before, and there is no key: no take gets another voice in silence.
    """
    if options.backend in ENGINES:
        return None
    find = real_key()
    try:
        find()
    except errors.BackendPending as error:
        raise errors.ConfigError(str(error)) from None
    except errors.BackendUnavailable as error:
        if options.backend == AUTO and not ledger.rows("SELECT 1 FROM charges LIMIT 1"):
            return None
        raise errors.ConfigError(str(error)) from None
    return Upstream(find, options.base_url)


def _engine(name: str, state: Path, *, by_workers: bool) -> Engine:
    """Return an engine. What workers convert needs nothing but its voices here. Raises BackendUnavailable."""
    return NeuralEngine(Neural(state)) if name == NEURAL and by_workers else engine_of(name, state)


def _farms_on(database: str) -> Callable[[FarmOffice, Path], Farm]:
    """Return what opens the farm for a database's address, from the package that offers one for such addresses.

    Raises:
        ConfigError: there is none, or the address is not valid.
    """
    scheme = database.partition("://")[0] if "://" in database else "postgresql"
    for offered in importlib.metadata.entry_points(group=FARMS, name=scheme):
        # Imported here: only a house with workers needs a database's client.
        farms: Callable[[FarmOffice, Path], Farm] = offered.load()(database)
        return farms
    raise errors.ConfigError(f"workers cannot share a {scheme} database", hint="use postgresql://USER@HOST/DATABASE")


def _farm_routes(house: House) -> APIRouter:
    return cast(WorkerFarm, house.farm).routes([Depends(key_check(house.work, house.keys, admin=True))])


def _locked(folder: Path) -> ProcessLock:
    try:
        return ProcessLock(folder / "house.lock")
    except errors.ConfigError:
        raise errors.ConfigError(
            "another `takevoice serve --house` is running with this state dir", where=str(folder), hint="stop it first"
        ) from None


def _print_start(
    url: str, certificate: Certificate | None, keys: Keys, offers: Offers, options: HouseOptions, *, workers: bool
) -> None:
    what = _BY[offers.main]
    if others := [name for name in offers.engines if name != offers.main]:
        what += f"; voices that begin with {' or '.join(f'{name}-' for name in others)} are free of charge"
    print(f"serving the house at {url} (stop with Ctrl-C); conversions by {what}")
    if offers.main == SERVICE:
        print(f"  caps in a day:      {in_force(options)}")
    if not any(key.kind == ADMIN and key.revoked is None for key in keys.all()):
        print(f"  the administrator's key, shown only now: {keys.add('admin', kind=ADMIN)}")
    pin = f"#sha256={certificate.fingerprint}" if certificate else ""
    print(f"  the overview:       {url}{PATH}/ in a browser, with the key of the administrator or a person")
    print("  a key for a person: takevoice house add NAME")
    if workers and not offers.engines:
        print("  the workers will have nothing to do: `free` in house.toml says which engines' voices are offered")
    elif workers:
        print("  a key for a worker: takevoice house add NAME --worker")
        print(f"  at each worker:     takevoice worker --house {url}{pin} --key KEY --database ADDRESS")
    print(f"  at each station:    takevoice join {url}{pin} KEY", flush=True)


def _leave() -> NoReturn:
    """End the process although threads still send: the next start asks the account's history for their answers."""
    sys.stdout.flush()
    sys.stderr.flush()
    print("stopped while paid requests were under way; the next start asks the account's history", file=sys.stderr)
    asyncio.set_event_loop(None)
    os._exit(0)
