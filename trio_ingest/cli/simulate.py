"""`trio-ingest simulate`: only the simulated Home Assistant."""

import click
import trio

from trio_ingest.simulator import Home, open_simulator, run_home


def simulate_command(listen: str, rate: float, entities: int, seed: int) -> None:
    """Serve a simulated home until interrupted."""
    host, _, port = listen.rpartition(":")
    if not port.isdecimal():
        raise click.BadParameter(f"{listen!r} is not HOST:PORT", param_hint="--listen")
    trouble = None
    try:
        trio.run(serve, host.strip("[]") or "127.0.0.1", int(port), rate, entities, seed)
    except* KeyboardInterrupt:
        click.echo("stopped")
    except* OSError as group:
        trouble = group.exceptions[0]  # raising here would print a group, before Python 3.11.4
    if trouble is not None:
        raise click.ClickException(f"cannot serve {listen}: {trouble}")


async def serve(host: str, port: int, rate: float, entities: int, seed: int) -> None:
    """Serve the home that *seed* gives, changing *rate* times a second."""
    async with open_simulator(
        Home(number_of_entities=entities, seed=seed), host=host, port=port
    ) as home:
        click.echo(f"a simulated Home Assistant with {entities} entities at {home.url}")
        click.echo(f"its token is {home.token}")
        await run_home(home, rate)
