"""The tables of a project's GeoPackage: those every GeoPackage has, and the planner's own."""

from __future__ import annotations

from layers.work_form import COLUMNS

BASE = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
  m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name));
CREATE TABLE surveyed (fid INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT NOT NULL,
  kind TEXT NOT NULL, area TEXT NOT NULL, complete BOOLEAN NOT NULL, date DATE, source TEXT);
CREATE TABLE imports (fid INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT, layers TEXT, file TEXT,
  mode TEXT, rows_read INTEGER, rows_stored INTEGER, undoes INTEGER, note TEXT);
CREATE TABLE findings (fid INTEGER PRIMARY KEY AUTOINCREMENT, import INTEGER, code TEXT,
  severity TEXT, layer TEXT, column_name TEXT, row_numbers TEXT, ids TEXT, detail TEXT,
  sending TEXT);
CREATE TABLE blanks (fid INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT, column_name TEXT,
  meaning TEXT);
"""
LATER = {
    "senders": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT NOT NULL, id TEXT NOT NULL,"
    " sender TEXT NOT NULL)",
    "sendings": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, layer TEXT NOT NULL,"
    " sender TEXT NOT NULL, title TEXT, areas TEXT, file TEXT, import INTEGER,"
    " rows_read INTEGER, rows_stored INTEGER, day DATE)",
    "recipes": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, heads TEXT NOT NULL,"
    " layer TEXT NOT NULL, said TEXT NOT NULL, file TEXT NOT NULL)",
    "work_items": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, "
    + ", ".join(f'"{name}" TEXT' for name in COLUMNS)
    + ", UNIQUE (work_id), UNIQUE (work_no))",
    "work_events": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, work_id TEXT NOT NULL,"
    " version INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, via TEXT NOT NULL,"
    " receipt INTEGER, action TEXT NOT NULL, field TEXT NOT NULL, before TEXT, value TEXT,"
    " base INTEGER, note TEXT NOT NULL)",
    "work_receipts": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,"
    " sender TEXT NOT NULL, file TEXT NOT NULL, mark TEXT NOT NULL, told TEXT NOT NULL)",
    "work_lists": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,"
    " list_no TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, title TEXT NOT NULL,"
    " due TEXT NOT NULL, versions TEXT NOT NULL)",
    "work_saves": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, saves INTEGER NOT NULL)",
    "store_format": "(fid INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL)",
}
"""Tables that projects of an older planner lack. Who sent a row stands beside the layers, so that a
layer edited in another program keeps its columns as they are. ``work_saves`` counts the saves that
changed work alone: the layers are as they were. ``layers.formats`` says which format has which."""
INDEXES = {
    "work_events": "CREATE INDEX IF NOT EXISTS work_events_of ON work_events (work_id)",
}
"""Table to the index it has beside its keys."""
PLAIN_TABLES = ("surveyed", "imports", "findings", "blanks", *LATER)
