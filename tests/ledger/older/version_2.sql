BEGIN TRANSACTION;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/asked.wav',72044,1795641286272146365,2278073,'job',7);
INSERT INTO "files" VALUES('FOLDER/bad.wav',72044,1795641283689174252,2278030,'job',1);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795641285465619985,2278069,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72170,1795641284657620003,2278047,'ours',2);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795641283680356691,2277989,'job',2);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216170,1795641284697620002,2278045,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795641283713909627,2278031,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795641285892429594,2278072,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795641285081619994,2278065,'job',4);
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79564128435515117645e+09,'found','');
INSERT INTO "history" VALUES(1,1.79564128435515117645e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564128435515117645e+09,'found','');
INSERT INTO "history" VALUES(2,1.79564128435515117645e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79564128435515117645e+09,'found','');
INSERT INTO "history" VALUES(3,1.79564128435515117645e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79564128462857651707e+09,'queued','');
INSERT INTO "history" VALUES(1,1795641284.6315,'converting','');
INSERT INTO "history" VALUES(2,1.79564128463459491726e+09,'queued','');
INSERT INTO "history" VALUES(3,1.79564128463539576527e+09,'queued','');
INSERT INTO "history" VALUES(1,1.7956412846397225856e+09,'failed','');
INSERT INTO "history" VALUES(2,1.79564128464102768902e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564128464570188525e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564128464806962016e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564128466362595559e+09,'done','');
INSERT INTO "history" VALUES(3,1.7956412846754114628e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564128470814776423e+09,'done','');
INSERT INTO "history" VALUES(4,1.79564128508195495603e+09,'found','');
INSERT INTO "history" VALUES(4,1.79564128508195495603e+09,'settling','');
INSERT INTO "history" VALUES(4,1.79564128534404325492e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79564128534724330903e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79564128536051535603e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79564128546081519131e+09,'found','');
INSERT INTO "history" VALUES(5,1.79564128546081519131e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79564128572681021688e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79564128573151659965e+09,'converting','');
INSERT INTO "history" VALUES(6,1.7956412858910090923e+09,'found','');
INSERT INTO "history" VALUES(6,1.7956412858910090923e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79564128615297150613e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564128627112531665e+09,'found','');
INSERT INTO "history" VALUES(7,1.79564128627112531665e+09,'settling','');
INSERT INTO "history" VALUES(8,1.79564128642805981633e+09,'found','');
INSERT INTO "history" VALUES(8,1.79564128643878960609e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564128652783250804e+09,'queued','');
INSERT INTO "history" VALUES(9,1.79564128655745148654e+09,'found','');
INSERT INTO "history" VALUES(9,1.79564128655745148654e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79564128685130572314e+09,'found','tried again');
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
    );
INSERT INTO "jobs" VALUES(1,'FOLDER/bad.wav','found','folder','daemon','FOLDER',72044,1795641283689174252,2278030,'bad','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','b783933673ae90bf9e78a503ba89b5ef',24000,48000,1,0.0,NULL,'','',2,0,1.79564128435515117645e+09,1.79564128685130572314e+09);
INSERT INTO "jobs" VALUES(2,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795641283680356691,2277989,'done','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79564128435515117645e+09,1.79564128466362595559e+09);
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795641283713909627,2278031,'held','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79564128435515117645e+09,1.79564128470814776423e+09);
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795641285081619994,2278065,'restoring','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1.79564128508195495603e+09,1.79564128536051535603e+09);
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795641285465619985,2278069,'converting','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.0,NULL,'','',1,0,1.79564128546081519131e+09,1.79564128573151659965e+09);
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795641285892429594,2278072,'queued','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.7956412858910090923e+09,1.79564128615297150613e+09);
INSERT INTO "jobs" VALUES(7,'FOLDER/asked.wav','queued','folder','daemon','FOLDER',72044,1795641286272146365,2278073,'asked','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564128627112531665e+09,1.79564128652783250804e+09);
INSERT INTO "jobs" VALUES(8,'FOLDER/asked.wav','queued','osc','daemon',NULL,72044,1795641286272146365,2278073,'Guard','gated','bea','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "bea", "voice_id": "bea", "wish_overrides": {"voice": "bea"}, "wish_track": "Guard"}','d8f1248fe0cdd22a1dbed2163c6d8702','7beb5d874dd0dc9b6524c83082d28666',24000,48000,1,0.0,NULL,'','',1,0,1.79564128642805981633e+09,1.79564128643878960609e+09);
INSERT INTO "jobs" VALUES(9,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',0,1795641286556751575,2278075,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79564128655745148654e+09,1.79564128655745148654e+09);
CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('0c6c0091cf794db343125aa37e5a80b9',2,'FOLDER/done.ada.wav');
INSERT INTO "outputs" VALUES('8fff12c69cf3609fe590dd1e62f7890f',3,'FOLDER/held.ada.wav');
CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        job INTEGER NOT NULL,
        created REAL NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "requests" VALUES('r1',8,1.79564128642823433871e+09);
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
PRAGMA user_version = 2;
