"""`trio-ingest import`: the history that Home Assistant already has, on the way that changes take.

Period by period: ask the recorder, encode what is selected, commit it to the spools, and only then
write down how far that was.
"""
