"""`python3 -m trio_ingest` is the same as `trio-ingest`."""

from trio_ingest.cli import main

if __name__ == "__main__":
    main()
