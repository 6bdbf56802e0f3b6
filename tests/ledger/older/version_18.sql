BEGIN TRANSACTION;
CREATE TABLE casting (
        track TEXT PRIMARY KEY,
        state TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        at REAL NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE dropped (
        audio_hash TEXT NOT NULL,
        settings_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (audio_hash, settings_hash)
    ) WITHOUT ROWID;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/bad.wav',5000,1795787640819146627,2212816,'job',2);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795787644079183349,2213437,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72994,1795787640773698439,2212806,'ours',1);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795787640055665694,2212794,'job',1);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216994,1795787643290611553,2213250,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795787642487336367,2213052,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795787644754545905,2213482,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795787643395295479,2213155,'job',4);
CREATE TABLE first_looks (
        path PRIMARY KEY,
        root NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        reason TEXT NOT NULL,  -- a job's error code
        suffix TEXT NOT NULL  -- the kind that is new; empty: all kinds
    ) WITHOUT ROWID;
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79578764010320663453e+09,'found','');
INSERT INTO "history" VALUES(1,1.79578764010320663453e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79578764072750711447e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79578764073045539853e+09,'converting','');
INSERT INTO "history" VALUES(1,1.79578764076456546781e+09,'restoring','');
INSERT INTO "history" VALUES(1,1.79578764077955985072e+09,'done','');
INSERT INTO "history" VALUES(2,1.79578764081999111179e+09,'found','');
INSERT INTO "history" VALUES(2,1.79578764081999111179e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79578764242859959606e+09,'failed','');
INSERT INTO "history" VALUES(3,1.79578764248791241647e+09,'found','');
INSERT INTO "history" VALUES(3,1.79578764248791241647e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79578764309330439572e+09,'queued','');
INSERT INTO "history" VALUES(3,1.79578764311412906649e+09,'converting','');
INSERT INTO "history" VALUES(3,1.79578764326801228528e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79578764331465172768e+09,'done','');
INSERT INTO "history" VALUES(4,1.79578764339582657816e+09,'found','');
INSERT INTO "history" VALUES(4,1.79578764339582657816e+09,'settling','');
INSERT INTO "history" VALUES(4,1.79578764401830053322e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79578764402493953706e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79578764405492162696e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79578764407996344567e+09,'found','');
INSERT INTO "history" VALUES(5,1.79578764407996344567e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79578764468557715416e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79578764470138263703e+09,'converting','');
INSERT INTO "history" VALUES(6,1.7957876447553465367e+09,'found','');
INSERT INTO "history" VALUES(6,1.7957876447553465367e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79578764536091589924e+09,'queued','');
INSERT INTO "history" VALUES(7,1.7957876454062457085e+09,'found','');
INSERT INTO "history" VALUES(7,1.7957876454062457085e+09,'settling','');
INSERT INTO "history" VALUES(8,1.79578764546369671825e+09,'found','');
INSERT INTO "history" VALUES(8,1.79578764546369671825e+09,'settling','');
INSERT INTO "history" VALUES(9,1.79578764552805566784e+09,'found','');
CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path NOT NULL,
        state TEXT NOT NULL,
        origin TEXT NOT NULL,
        runner TEXT NOT NULL,
        root,
        size INTEGER, mtime_ns INTEGER, inode INTEGER,
        track TEXT NOT NULL DEFAULT '',
        backend TEXT NOT NULL DEFAULT '',
        voice TEXT NOT NULL DEFAULT '',
        settings TEXT NOT NULL DEFAULT '{}',
        settings_hash TEXT NOT NULL DEFAULT '',
        audio_hash TEXT NOT NULL DEFAULT '',
        frames INTEGER NOT NULL DEFAULT 0,
        sample_rate INTEGER NOT NULL DEFAULT 0,
        channels INTEGER NOT NULL DEFAULT 0,
        progress REAL NOT NULL DEFAULT 0,
        output,
        error_code TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        attempt INTEGER NOT NULL DEFAULT 1,
        cancel_requested INTEGER NOT NULL DEFAULT 0,
        created REAL NOT NULL,
        changed REAL NOT NULL
    , offset_ms REAL, drift_ms REAL, correlation REAL, announced INTEGER NOT NULL DEFAULT 0, options TEXT NOT NULL DEFAULT '', answer_key TEXT NOT NULL DEFAULT '', family INTEGER NOT NULL DEFAULT 0);
INSERT INTO "jobs" VALUES(1,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795787640055665694,2212794,'done','gated','ada','{"candidates": 1, "channels": "auto", "dither": true, "done_folder": "", "enable_logging": true, "enabled": true, "file_format": "other", "keep_pitch": null, "keep_tones": "auto", "level": "match", "model": "eleven_multilingual_sts_v2", "on_rerender": "number", "optimize_streaming_latency": null, "output_folder": "", "output_format": "auto", "output_name": "{stem}.{voice}", "pick": "first", "plugins": ["gated 0aac32524d2d"], "remove_background_noise": false, "result_format": "same", "room_tone": false, "seed": null, "similarity_boost": null, "source": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','f945e0f553e6f080f8807ca2412b08ee','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79578764010320663453e+09,1.79578764077955985072e+09,NULL,NULL,NULL,1,'{}','a20c96ee7562e01e173b81439a35683c',0);
INSERT INTO "jobs" VALUES(2,'FOLDER/bad.wav','failed','folder','daemon','FOLDER',5000,1795787640819146627,2212816,'','','','{}','','',0,0,0,0.0,NULL,'incomplete_audio','FOLDER/bad.wav: was never finished: its header promises 72,044 bytes, the file has 5,000; render it again; if that is not possible, `ffmpeg -i IN -c copy OUT` saves what is there',1,0,1.79578764081999111179e+09,1.79578764242859959606e+09,NULL,NULL,NULL,0,'{}','',0);
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795787642487336367,2213052,'held','gated','ada','{"candidates": 1, "channels": "auto", "dither": true, "done_folder": "", "enable_logging": true, "enabled": true, "file_format": "other", "keep_pitch": null, "keep_tones": "auto", "level": "match", "model": "eleven_multilingual_sts_v2", "on_rerender": "number", "optimize_streaming_latency": null, "output_folder": "", "output_format": "auto", "output_name": "{stem}.{voice}", "pick": "first", "plugins": ["gated 0aac32524d2d"], "remove_background_noise": false, "result_format": "same", "room_tone": false, "seed": null, "similarity_boost": null, "source": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','f945e0f553e6f080f8807ca2412b08ee','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79578764248791241647e+09,1.79578764331465172768e+09,NULL,NULL,NULL,1,'{}','a20c96ee7562e01e173b81439a35683c',0);
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795787643395295479,2213155,'restoring','gated','ada','{"candidates": 1, "channels": "auto", "dither": true, "done_folder": "", "enable_logging": true, "enabled": true, "file_format": "other", "keep_pitch": null, "keep_tones": "auto", "level": "match", "model": "eleven_multilingual_sts_v2", "on_rerender": "number", "optimize_streaming_latency": null, "output_folder": "", "output_format": "auto", "output_name": "{stem}.{voice}", "pick": "first", "plugins": ["gated 0aac32524d2d"], "remove_background_noise": false, "result_format": "same", "room_tone": false, "seed": null, "similarity_boost": null, "source": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','f945e0f553e6f080f8807ca2412b08ee','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1.79578764339582657816e+09,1.79578764405492162696e+09,NULL,NULL,NULL,0,'{}','a20c96ee7562e01e173b81439a35683c',0);
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795787644079183349,2213437,'converting','gated','ada','{"candidates": 1, "channels": "auto", "dither": true, "done_folder": "", "enable_logging": true, "enabled": true, "file_format": "other", "keep_pitch": null, "keep_tones": "auto", "level": "match", "model": "eleven_multilingual_sts_v2", "on_rerender": "number", "optimize_streaming_latency": null, "output_folder": "", "output_format": "auto", "output_name": "{stem}.{voice}", "pick": "first", "plugins": ["gated 0aac32524d2d"], "remove_background_noise": false, "result_format": "same", "room_tone": false, "seed": null, "similarity_boost": null, "source": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','f945e0f553e6f080f8807ca2412b08ee','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.0,NULL,'','',1,0,1.79578764407996344567e+09,1.79578764470138263703e+09,NULL,NULL,NULL,0,'{}','a20c96ee7562e01e173b81439a35683c',0);
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795787644754545905,2213482,'queued','gated','ada','{"candidates": 1, "channels": "auto", "dither": true, "done_folder": "", "enable_logging": true, "enabled": true, "file_format": "other", "keep_pitch": null, "keep_tones": "auto", "level": "match", "model": "eleven_multilingual_sts_v2", "on_rerender": "number", "optimize_streaming_latency": null, "output_folder": "", "output_format": "auto", "output_name": "{stem}.{voice}", "pick": "first", "plugins": ["gated 0aac32524d2d"], "remove_background_noise": false, "result_format": "same", "room_tone": false, "seed": null, "similarity_boost": null, "source": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','f945e0f553e6f080f8807ca2412b08ee','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.7957876447553465367e+09,1.79578764536091589924e+09,NULL,NULL,NULL,0,'{}','a20c96ee7562e01e173b81439a35683c',0);
INSERT INTO "jobs" VALUES(7,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',4,1795787645402741882,2213539,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.7957876454062457085e+09,1.7957876454062457085e+09,NULL,NULL,NULL,0,'{}','',0);
INSERT INTO "jobs" VALUES(8,'FOLDER/asked.wav','settling','folder','daemon','FOLDER',72044,1795787645453698655,2213576,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79578764546369671825e+09,1.79578764546369671825e+09,NULL,NULL,NULL,0,'{}','',0);
INSERT INTO "jobs" VALUES(9,'FOLDER/asked.wav','found','osc','daemon',NULL,NULL,NULL,NULL,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79578764552805566784e+09,1.79578764552805566784e+09,NULL,NULL,NULL,0,'{"overrides": {"voice": "bea"}}','',0);
CREATE TABLE kinds (
        root NOT NULL,
        suffix TEXT NOT NULL,
        since REAL NOT NULL,
        PRIMARY KEY (root, suffix)
    ) WITHOUT ROWID;
INSERT INTO "kinds" VALUES('FOLDER','.aac',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.ac3',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.amr',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.ape',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.awb',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.eac3',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.ec3',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.m4a',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.m4b',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.m4r',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.mka',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.mp3',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.tta',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.weba',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.wma',1.79578763993288064004e+09);
INSERT INTO "kinds" VALUES('FOLDER','.wv',1.79578763993288064004e+09);
CREATE TABLE marks (
        job INTEGER PRIMARY KEY,
        stars INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT ''
    );
CREATE TABLE newest_results (
        path PRIMARY KEY,
        job INTEGER NOT NULL,
        track TEXT NOT NULL,
        voice TEXT NOT NULL,
        voice_id TEXT NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "newest_results" VALUES('FOLDER/done.wav',1,'done','ada','ada');
INSERT INTO "newest_results" VALUES('FOLDER/held.wav',3,'held','ada','ada');
CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('abed8025004e27f7e488766c43435327',1,'FOLDER/done.ada.wav');
INSERT INTO "outputs" VALUES('8aaab86cb4dc4b23e83ad4a1324922a8',3,'FOLDER/held.ada.wav');
CREATE TABLE pause (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        since REAL NOT NULL
    );
CREATE TABLE picks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        family INTEGER NOT NULL,
        job INTEGER NOT NULL,
        by TEXT NOT NULL,
        at REAL NOT NULL,
        placed
    );
CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        job INTEGER NOT NULL,
        created REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "requests" VALUES('one',9,1.79578764552841711049e+09);
CREATE TABLE results_seen (
        audio_hash TEXT NOT NULL,  -- of the take
        settings_hash TEXT NOT NULL,
        path NOT NULL,
        result_hash TEXT NOT NULL,  -- of the result's audio
        PRIMARY KEY (audio_hash, settings_hash, path)
    ) WITHOUT ROWID;
CREATE TABLE resumed (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        at REAL NOT NULL
    );
CREATE TABLE roots (
        path PRIMARY KEY,
        since REAL NOT NULL
    , volume TEXT NOT NULL DEFAULT '', looked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO "roots" VALUES('FOLDER',1.79578763993288064004e+09,'',1);
CREATE TABLE sends (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL,
        piece TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        track TEXT NOT NULL,
        run TEXT NOT NULL,
        seconds REAL NOT NULL,
        credits REAL NOT NULL,
        at REAL NOT NULL
    , wanted_by TEXT NOT NULL DEFAULT 'person', path, voice TEXT NOT NULL DEFAULT '');
CREATE TABLE track_settings (
        track TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (track, key)
    ) WITHOUT ROWID;
CREATE TABLE volumes (
        root NOT NULL,
        volume TEXT NOT NULL,
        PRIMARY KEY (root, volume)
    ) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_key ON jobs (audio_hash, settings_hash, state);
CREATE INDEX history_by_job ON history (job);
CREATE INDEX outputs_by_job ON outputs (job);
CREATE INDEX requests_by_job ON requests (job);
CREATE INDEX sends_by_job ON sends (job);
CREATE INDEX sends_by_time ON sends (at);
CREATE INDEX sends_by_run ON sends (run);
CREATE INDEX first_looks_by_inode ON first_looks (inode, size, mtime_ns);
CREATE INDEX jobs_by_inode ON jobs (inode);
CREATE INDEX jobs_requested ON jobs (state, id) WHERE origin <> 'folder';
CREATE INDEX jobs_by_family ON jobs (family) WHERE family <> 0;
CREATE INDEX jobs_with_candidates ON jobs (state) WHERE family = id;
CREATE INDEX picks_by_family ON picks (family);
CREATE INDEX newest_results_by_track ON newest_results (track, voice, voice_id, job);
CREATE TRIGGER jobs_done_added AFTER INSERT ON jobs WHEN NEW.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path = NEW.path;
        INSERT INTO newest_results SELECT path, id, track, voice, CASE WHEN json_valid(settings) THEN COALESCE(json_extract(settings, '$.voice_id'), '') ELSE '' END FROM jobs WHERE id IN (SELECT MAX(id) FROM jobs WHERE path IN (NEW.path) AND state = 'done' AND origin <> 'audition' AND family IN (0, id) GROUP BY path);
    END;
CREATE TRIGGER jobs_done_changed AFTER UPDATE OF state, path, track, voice, settings, family ON jobs
    WHEN NEW.state = 'done' OR OLD.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path IN (OLD.path, NEW.path);
        INSERT INTO newest_results SELECT path, id, track, voice, CASE WHEN json_valid(settings) THEN COALESCE(json_extract(settings, '$.voice_id'), '') ELSE '' END FROM jobs WHERE id IN (SELECT MAX(id) FROM jobs WHERE path IN (OLD.path, NEW.path) AND state = 'done' AND origin <> 'audition' AND family IN (0, id) GROUP BY path);
    END;
CREATE TRIGGER jobs_done_deleted AFTER DELETE ON jobs WHEN OLD.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path = OLD.path;
        INSERT INTO newest_results SELECT path, id, track, voice, CASE WHEN json_valid(settings) THEN COALESCE(json_extract(settings, '$.voice_id'), '') ELSE '' END FROM jobs WHERE id IN (SELECT MAX(id) FROM jobs WHERE path IN (OLD.path) AND state = 'done' AND origin <> 'audition' AND family IN (0, id) GROUP BY path);
    END;
CREATE INDEX jobs_by_track ON jobs (track, state, origin, changed, frames, sample_rate);
CREATE INDEX jobs_by_path ON jobs (path, state, track, voice, error, family);
CREATE INDEX jobs_of_takes ON jobs (track, path) WHERE track <> '' AND origin <> 'audition' AND family IN (0, id);
CREATE INDEX candidates_by_state ON jobs (state) WHERE family <> 0 AND family <> id;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',9);
COMMIT;
PRAGMA user_version = 18;
