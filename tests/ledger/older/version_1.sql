BEGIN TRANSACTION;
CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;
INSERT INTO "files" VALUES('FOLDER/bad.wav',72044,1795641280063129676,2277969,'job',1);
INSERT INTO "files" VALUES('FOLDER/converting.wav',72044,1795641281757620066,2278017,'job',5);
INSERT INTO "files" VALUES('FOLDER/done.ada.wav',72170,1795641281129620079,2278001,'ours',2);
INSERT INTO "files" VALUES('FOLDER/done.wav',72044,1795641280047759441,2277968,'job',2);
INSERT INTO "files" VALUES('FOLDER/held.ada.wav',216170,1795641281171918699,2277995,'ours',3);
INSERT INTO "files" VALUES('FOLDER/held.wav',216044,1795641280111535153,2277970,'job',3);
INSERT INTO "files" VALUES('FOLDER/queued.wav',72044,1795641282135257518,2277952,'job',6);
INSERT INTO "files" VALUES('FOLDER/restoring.wav',72044,1795641281431523261,2277994,'job',4);
CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "history" VALUES(1,1.79564128081885099408e+09,'found','');
INSERT INTO "history" VALUES(1,1.79564128081885099408e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564128081885099408e+09,'found','');
INSERT INTO "history" VALUES(2,1.79564128081885099408e+09,'settling','');
INSERT INTO "history" VALUES(3,1.79564128081885099408e+09,'found','');
INSERT INTO "history" VALUES(3,1.79564128081885099408e+09,'settling','');
INSERT INTO "history" VALUES(2,1.79564128108226871488e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564128108685135834e+09,'queued','');
INSERT INTO "history" VALUES(1,1.79564128108864045144e+09,'converting','');
INSERT INTO "history" VALUES(1,1.79564128110088253023e+09,'failed','');
INSERT INTO "history" VALUES(3,1.79564128110356497768e+09,'queued','');
INSERT INTO "history" VALUES(2,1.79564128110473060604e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564128111197710037e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564128111618852615e+09,'converting','');
INSERT INTO "history" VALUES(2,1.79564128113562512401e+09,'done','');
INSERT INTO "history" VALUES(3,1.79564128115520453459e+09,'restoring','');
INSERT INTO "history" VALUES(3,1.79564128118535017968e+09,'done','');
INSERT INTO "history" VALUES(4,1.79564128142819952969e+09,'found','');
INSERT INTO "history" VALUES(4,1.79564128142819952969e+09,'settling','');
INSERT INTO "history" VALUES(4,1.79564128169164037704e+09,'queued','');
INSERT INTO "history" VALUES(4,1.79564128169286799435e+09,'converting','');
INSERT INTO "history" VALUES(4,1.79564128169760632517e+09,'restoring','');
INSERT INTO "history" VALUES(5,1.79564128175549340242e+09,'found','');
INSERT INTO "history" VALUES(5,1.79564128175549340242e+09,'settling','');
INSERT INTO "history" VALUES(5,1.79564128201866793636e+09,'queued','');
INSERT INTO "history" VALUES(5,1.79564128202315545076e+09,'converting','');
INSERT INTO "history" VALUES(6,1.79564128213273239142e+09,'found','');
INSERT INTO "history" VALUES(6,1.79564128213273239142e+09,'settling','');
INSERT INTO "history" VALUES(6,1.79564128239063715937e+09,'queued','');
INSERT INTO "history" VALUES(7,1.79564128261468839648e+09,'found','');
INSERT INTO "history" VALUES(7,1.79564128261468839648e+09,'settling','');
INSERT INTO "history" VALUES(1,1.79564128314016270638e+09,'found','tried again');
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
INSERT INTO "jobs" VALUES(1,'FOLDER/bad.wav','found','folder','daemon','FOLDER',72044,1795641280063129676,2277969,'bad','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','b783933673ae90bf9e78a503ba89b5ef',24000,48000,1,0.0,NULL,'','',2,0,1.79564128081885099408e+09,1.79564128314016270638e+09);
INSERT INTO "jobs" VALUES(2,'FOLDER/done.wav','done','folder','daemon','FOLDER',72044,1795641280047759441,2277968,'done','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','db0a08afd14099b750973ef9b0fb62ab',24000,48000,1,1.0,'FOLDER/done.ada.wav','','',1,0,1.79564128081885099408e+09,1.79564128113562512401e+09);
INSERT INTO "jobs" VALUES(3,'FOLDER/held.wav','done','folder','daemon','FOLDER',216044,1795641280111535153,2277970,'held','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','0eb3ceb6ea79bc3184698d8adf242ad6',72000,48000,1,1.0,'FOLDER/held.ada.wav','','',1,0,1.79564128081885099408e+09,1.79564128118535017968e+09);
INSERT INTO "jobs" VALUES(4,'FOLDER/restoring.wav','restoring','folder','daemon','FOLDER',72044,1795641281431523261,2277994,'restoring','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','668fccb388ddb16087283d2377713b68',24000,48000,1,1.0,NULL,'','',1,0,1.79564128142819952969e+09,1.79564128169760632517e+09);
INSERT INTO "jobs" VALUES(5,'FOLDER/converting.wav','converting','folder','daemon','FOLDER',72044,1795641281757620066,2278017,'converting','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','1b1638d19cf0d5502d4956be1a560358',24000,48000,1,0.0,NULL,'','',1,0,1.79564128175549340242e+09,1.79564128202315545076e+09);
INSERT INTO "jobs" VALUES(6,'FOLDER/queued.wav','queued','folder','daemon','FOLDER',72044,1795641282135257518,2277952,'queued','gated','ada','{"enable_logging": true, "enabled": true, "file_format": "other", "model": "eleven_multilingual_sts_v2", "optimize_streaming_latency": null, "output_format": "auto", "output_name": "{stem}.{voice}", "remove_background_noise": false, "seed": null, "similarity_boost": null, "stability": null, "style": null, "use_speaker_boost": null, "voice": "auto", "voice_id": "ada"}','a20c96ee7562e01e173b81439a35683c','3136a9114d328a1c1cb6ceffdaffddfd',24000,48000,1,0.0,NULL,'','',1,0,1.79564128213273239142e+09,1.79564128239063715937e+09);
INSERT INTO "jobs" VALUES(7,'FOLDER/settling.wav','settling','folder','daemon','FOLDER',3000,1795641282603843753,2278023,'','','','{}','','',0,0,0,0.0,NULL,'','',1,0,1.79564128261468839648e+09,1.79564128261468839648e+09);
CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('0c6c0091cf794db343125aa37e5a80b9',2,'FOLDER/done.ada.wav');
INSERT INTO "outputs" VALUES('8fff12c69cf3609fe590dd1e62f7890f',3,'FOLDER/held.ada.wav');
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_key ON jobs (audio_hash, settings_hash, state);
CREATE INDEX jobs_by_path ON jobs (path);
CREATE INDEX history_by_job ON history (job);
CREATE INDEX outputs_by_job ON outputs (job);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',7);
COMMIT;
PRAGMA user_version = 1;
