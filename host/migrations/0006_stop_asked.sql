-- Another host instance over the same journal was asked to stop the run; its owner looks.
ALTER TABLE runs ADD COLUMN stop_asked INTEGER;
