BEGIN TRANSACTION;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/asked.wav',72044,1795653709452573489,2663123,'job',8);
INSERT INTO "files" VALUES('FOLDER/bad.wav',72044,1795653708095696267,2663007,'job',2);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795653708852443662,2663096,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72832,1795653708465350608,2663117,'ours',1);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795653708085350617,2663107,'job',1);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216832,1795653708525031006,2663011,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795653708116544550,2663108,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795653709153016845,2663122,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795653708547348991,2663008,'job',4);
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79565370808520054822e+09,'found','');
INSERT INTO "history" VALUES(1,1.79565370808520054822e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79565370809432172773e+09,'found','');
INSERT INTO "history" VALUES(2,1.79565370809432172773e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79565370811569023135e+09,'found','');
INSERT INTO "history" VALUES(3,1.79565370811569023135e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79565370838031911852e+09,'queued','');
INSERT INTO "history" VALUES(2,1.79565370838208341599e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79565370838377952574e+09,'converting','');
INSERT INTO "history" VALUES(3,1.79565370839796161657e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79565370840424370761e+09,'restoring','');
INSERT INTO "history" VALUES(2,1.79565370840550374981e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79565370842708086967e+09,'failed','');
INSERT INTO "history" VALUES(3,1.79565370843517184253e+09,'converting','');
INSERT INTO "history" VALUES(3,1.79565370846942520136e+09,'restoring','');
INSERT INTO "history" VALUES(1,1.7956537084759662151e+09,'done','');
INSERT INTO "history" VALUES(3,1.79565370853156447408e+09,'done','');
INSERT INTO "history" VALUES(4,1.7956537085466723442e+09,'found','');
INSERT INTO "history" VALUES(4,1.7956537085466723442e+09,'settling','');
INSERT INTO "history" VALUES(4,1.79565370880332398411e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79565370880515503887e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79565370881508731834e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79565370885108590128e+09,'found','');
INSERT INTO "history" VALUES(5,1.79565370885108590128e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79565370911171936986e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79565370911465573312e+09,'converting','');
INSERT INTO "history" VALUES(6,1.79565370914933419227e+09,'found','');
INSERT INTO "history" VALUES(6,1.79565370914933419227e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79565370941396617891e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79565370945186233517e+09,'found','');
INSERT INTO "history" VALUES(7,1.79565370945186233517e+09,'settling','');
INSERT INTO "history" VALUES(7,1.7956537097095153332e+09,'queued','');
INSERT INTO "history" VALUES(8,1.79565370979349350931e+09,'found','');
INSERT INTO "history" VALUES(8,1.79565370980557537086e+09,'queued','');
INSERT INTO "history" VALUES(9,1.79565370982281494139e+09,'found','');
INSERT INTO "history" VALUES(9,1.79565370982281494139e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79565371027686166761e+09,'found','retried');
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
    , offset_ms REAL, drift_ms REAL, correlation REAL, announced INTEGER NOT NULL DEFAULT 0, options TEXT NOT NULL DEFAULT '');
INSERT INTO "jobs" VALUES(1,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795653708085350617,2663107,'done','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79565370808520054822e+09,1.7956537084759662151e+09,NULL,NULL,NULL,1,'{}');
INSERT INTO "jobs" VALUES(2,'FOLDER/bad.wav','found','folder','daemon','FOLDER',72044,1795653708095696267,2663007,'bad','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','b783933673ae90bf9e78a503ba89b5ef',24000,48000,1,0.0,NULL,'','',2,0,1.79565370809432172773e+09,1.79565371027686166761e+09,NULL,NULL,NULL,0,'{"force": true}');
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795653708116544550,2663108,'held','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79565370811569023135e+09,1.79565370853156447408e+09,NULL,NULL,NULL,1,'{}');
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795653708547348991,2663008,'restoring','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1.7956537085466723442e+09,1.79565370881508731834e+09,NULL,NULL,NULL,0,'{}');
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795653708852443662,2663096,'converting','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.001,NULL,'','',1,0,1.79565370885108590128e+09,1.79565370911465573312e+09,NULL,NULL,NULL,0,'{}');
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795653709153016845,2663122,'queued','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.79565370914933419227e+09,1.79565370941396617891e+09,NULL,NULL,NULL,0,'{}');
INSERT INTO "jobs" VALUES(7,'FOLDER/asked.wav','queued','folder','daemon','FOLDER',72044,1795653709452573489,2663123,'asked','gated','ada','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','c0ff4568ceb3b55f0751a21b7eabea3e','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79565370945186233517e+09,1.7956537097095153332e+09,NULL,NULL,NULL,0,'{}');
INSERT INTO "jobs" VALUES(8,'FOLDER/asked.wav','queued','osc','daemon',NULL,72044,1795653709452573489,2663123,'Guard','gated','bea','{"channels": "mix", "dither": true, "enable_logging": true, "enabled": true, "file_format": "other", "level": "match", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "plugins": ["slow 3dd2fa8303ce"], "remove_background_noise": false, "room_tone": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "true_peak": -1.0, "use_speaker_boost": null, "voice": "bea", "voice_id": "bea"}','b9b588900e1650210e6611254ed41b96','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79565370979349350931e+09,1.79565370980557537086e+09,NULL,NULL,NULL,0,'{"overrides": {"voice": "bea"}, "track": "Guard"}');
INSERT INTO "jobs" VALUES(9,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',0,1795653709817350579,2663124,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79565370982281494139e+09,1.79565370982281494139e+09,NULL,NULL,NULL,0,'{}');
CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('abed8025004e27f7e488766c43435327',1,'FOLDER/done.ada.wav');
INSERT INTO "outputs" VALUES('8aaab86cb4dc4b23e83ad4a1324922a8',3,'FOLDER/held.ada.wav');
CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        job INTEGER NOT NULL,
        created REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "requests" VALUES('r1',8,1.79565370979370665552e+09);
CREATE TABLE roots (
        path PRIMARY KEY,
        device INTEGER NOT NULL,
        since REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "roots" VALUES('FOLDER',65024,1.79565370803884911542e+09);
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
PRAGMA user_version = 5;
