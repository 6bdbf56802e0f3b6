BEGIN TRANSACTION;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/asked.wav',72044,1795641296409619748,2278253,'job',7);
INSERT INTO "files" VALUES('FOLDER/bad.wav',72044,1795641292613619830,2278175,'job',1);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795641295473619768,2278233,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72832,1795641294763365472,2278228,'ours',2);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795641292593619831,2278174,'job',2);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216832,1795641294801405094,2278220,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795641292668702507,2278176,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795641295937619758,2278238,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795641294987878895,2278219,'job',4);
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79564129440940904616e+09,'found','');
INSERT INTO "history" VALUES(1,1.79564129440940904616e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564129440940904616e+09,'found','');
INSERT INTO "history" VALUES(2,1.79564129440940904616e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79564129440940904616e+09,'found','');
INSERT INTO "history" VALUES(3,1.79564129440940904616e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564129471424770352e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564129471544075018e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564129471943473813e+09,'converting','');
INSERT INTO "history" VALUES(3,1.79564129472411346437e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564129472754883771e+09,'failed','');
INSERT INTO "history" VALUES(2,1.79564129472888708112e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564129473372077945e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564129473464202885e+09,'converting','');
INSERT INTO "history" VALUES(3,1.79564129475298881527e+09,'restoring','');
INSERT INTO "history" VALUES(2,1.79564129476736235617e+09,'done','');
INSERT INTO "history" VALUES(3,1.79564129481190919873e+09,'done','');
INSERT INTO "history" VALUES(4,1.79564129498720455174e+09,'found','');
INSERT INTO "history" VALUES(4,1.79564129498720455174e+09,'settling','');
INSERT INTO "history" VALUES(4,1.79564129524461126323e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79564129524594092365e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79564129526068139075e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79564129547025322919e+09,'found','');
INSERT INTO "history" VALUES(5,1.79564129547025322919e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79564129574351739881e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79564129574564981459e+09,'converting','');
INSERT INTO "history" VALUES(6,1.79564129593484330177e+09,'found','');
INSERT INTO "history" VALUES(6,1.79564129593484330177e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79564129620272040365e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564129640578937531e+09,'found','');
INSERT INTO "history" VALUES(7,1.79564129640578937531e+09,'settling','');
INSERT INTO "history" VALUES(8,1.79564129658286619189e+09,'found','');
INSERT INTO "history" VALUES(8,1.79564129660360670089e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564129667551231387e+09,'queued','');
INSERT INTO "history" VALUES(9,1.79564129678367090229e+09,'found','');
INSERT INTO "history" VALUES(9,1.79564129678367090229e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79564129724359273915e+09,'found','tried again');
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
    , offset_ms REAL, drift_ms REAL, correlation REAL, announced INTEGER NOT NULL DEFAULT 0);
INSERT INTO "jobs" VALUES(1,'FOLDER/bad.wav','found','folder','daemon','FOLDER',72044,1795641292613619830,2278175,'bad','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','b783933673ae90bf9e78a503ba89b5ef',24000,48000,1,0.0,NULL,'','',2,0,1.79564129440940904616e+09,1.79564129724359273915e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(2,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795641292593619831,2278174,'done','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79564129440940904616e+09,1.79564129476736235617e+09,NULL,NULL,NULL,1);
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795641292668702507,2278176,'held','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79564129440940904616e+09,1.79564129481190919873e+09,NULL,NULL,NULL,1);
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795641294987878895,2278219,'restoring','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1.79564129498720455174e+09,1.79564129526068139075e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795641295473619768,2278233,'converting','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.001,NULL,'','',1,0,1.79564129547025322919e+09,1.79564129574564981459e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795641295937619758,2278238,'queued','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.79564129593484330177e+09,1.79564129620272040365e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(7,'FOLDER/asked.wav','queued','folder','daemon','FOLDER',72044,1795641296409619748,2278253,'asked','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','2fe22ede9a6cfcfe9d0f955a614ecf5f','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564129640578937531e+09,1.79564129667551231387e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(8,'FOLDER/asked.wav','queued','osc','daemon',NULL,72044,1795641296409619748,2278253,'Guard','gated','bea','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["gated 206c9132781a"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "bea", "voice_id": "bea", "wish_overrides": {"voice": "bea"}, "wish_track": "Guard"}','2f570c95ba34dd52988a9d7cff5ae361','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564129658286619189e+09,1.79564129660360670089e+09,NULL,NULL,NULL,0);
INSERT INTO "jobs" VALUES(9,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',0,1795641296782767217,2278255,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79564129678367090229e+09,1.79564129678367090229e+09,NULL,NULL,NULL,0);
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
INSERT INTO "requests" VALUES('r1',8,1.79564129658311200142e+09);
CREATE TABLE roots (
        path PRIMARY KEY,
        device INTEGER NOT NULL,
        since REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "roots" VALUES('FOLDER',65024,1.79564129440717649456e+09);
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
    );
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
CREATE INDEX sends_by_job ON sends (job);
CREATE INDEX sends_by_time ON sends (at);
CREATE INDEX sends_by_run ON sends (run);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',9);
COMMIT;
PRAGMA user_version = 4;
