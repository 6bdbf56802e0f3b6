BEGIN TRANSACTION;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/asked.wav',72044,1795641291580543809,2278156,'job',7);
INSERT INTO "files" VALUES('FOLDER/bad.wav',72044,1795641287155991071,2278110,'job',1);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795641290968094016,2278133,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72798,1795641290021185055,2278135,'ours',2);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795641287147466584,2278109,'job',2);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216798,1795641290142078454,2278137,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795641287177047773,2278111,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795641291271470426,2278146,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795641290501755493,2278102,'job',4);
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79564128954304361345e+09,'found','');
INSERT INTO "history" VALUES(1,1.79564128954304361345e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564128954304361345e+09,'found','');
INSERT INTO "history" VALUES(2,1.79564128954304361345e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79564128954304361345e+09,'found','');
INSERT INTO "history" VALUES(3,1.79564128954304361345e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564128981129693981e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564128981265449525e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564128981358027458e+09,'converting','');
INSERT INTO "history" VALUES(3,1.7956412898431515693e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564128985078549386e+09,'failed','');
INSERT INTO "history" VALUES(2,1.79564128986401748662e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564128989551615714e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564128990290331842e+09,'converting','');
INSERT INTO "history" VALUES(3,1.7956412899790275097e+09,'restoring','');
INSERT INTO "history" VALUES(2,1.79564129005494070058e+09,'done','');
INSERT INTO "history" VALUES(3,1795641290.16575,'done','');
INSERT INTO "history" VALUES(4,1795641290.50161,'found','');
INSERT INTO "history" VALUES(4,1795641290.50161,'settling','');
INSERT INTO "history" VALUES(4,1.79564129076067638401e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79564129076195478436e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79564129076734590529e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79564129096711492541e+09,'found','');
INSERT INTO "history" VALUES(5,1.79564129096711492541e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79564129122730112078e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79564129123129487038e+09,'converting','');
INSERT INTO "history" VALUES(6,1.79564129126902914052e+09,'found','');
INSERT INTO "history" VALUES(6,1.79564129126902914052e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79564129154082226759e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564129157935667034e+09,'found','');
INSERT INTO "history" VALUES(7,1.79564129157935667034e+09,'settling','');
INSERT INTO "history" VALUES(8,1.79564129167719244953e+09,'found','');
INSERT INTO "history" VALUES(8,1.79564129168812680248e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564129183578181266e+09,'queued','');
INSERT INTO "history" VALUES(9,1.79564129189893436429e+09,'found','');
INSERT INTO "history" VALUES(9,1.79564129189893436429e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79564129218206882474e+09,'found','tried again');
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
    , offset_ms REAL, drift_ms REAL, correlation REAL);
INSERT INTO "jobs" VALUES(1,'FOLDER/bad.wav','found','folder','daemon','FOLDER',72044,1795641287155991071,2278110,'bad','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','b783933673ae90bf9e78a503ba89b5ef',24000,48000,1,0.0,NULL,'','',2,0,1.79564128954304361345e+09,1.79564129218206882474e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795641287147466584,2278109,'done','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79564128954304361345e+09,1.79564129005494070058e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795641287177047773,2278111,'held','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79564128954304361345e+09,1795641290.16575,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795641290501755493,2278102,'restoring','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1795641290.50161,1.79564129076734590529e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795641290968094016,2278133,'converting','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.0,NULL,'','',1,0,1.79564129096711492541e+09,1.79564129123129487038e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795641291271470426,2278146,'queued','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.79564129126902914052e+09,1.79564129154082226759e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(7,'FOLDER/asked.wav','queued','folder','daemon','FOLDER',72044,1795641291580543809,2278156,'asked','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','7f5e2f7a8f3e48718809a01166177826','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564129157935667034e+09,1.79564129183578181266e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(8,'FOLDER/asked.wav','queued','osc','daemon',NULL,72044,1795641291580543809,2278156,'Guard','gated','bea','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "bea", "voice_id": "bea", "wish_overrides": {"voice": "bea"}, "wish_track": "Guard"}','ae9f33fd6b0da6ae277643fd8eb43b02','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564129167719244953e+09,1.79564129168812680248e+09,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(9,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',3000,1795641291894743308,2278166,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79564129189893436429e+09,1.79564129189893436429e+09,NULL,NULL,NULL);
CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('abed8025004e27f7e488766c43435327',2,'FOLDER/done.ada.wav');
INSERT INTO "outputs" VALUES('ab671102f7080bdad6d88e156b2fef9c',3,'FOLDER/held.ada.wav');
CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        job INTEGER NOT NULL,
        created REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "requests" VALUES('r1',8,1.79564129167737627024e+09);
CREATE TABLE track_settings (
        track TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (track, key)
    ) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_key ON jobs (audio_hash, settings_hash, state);
CREATE INDEX jobs_by_path ON jobs (path);
CREATE INDEX history_by_job ON history (job);
CREATE INDEX outputs_by_job ON outputs (job);
CREATE INDEX requests_by_job ON requests (job);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',9);
COMMIT;
PRAGMA user_version = 3;
