"""Who speaks, and which phones: classifiers that know nothing of the engine. Needs scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
import soxr
from scipy.fft import dct
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import MLPClassifier
from voice_speakers import RATE, Utterance

LOW_RATE, HOP, SIZE, FFT = 16_000, 160, 400, 512
BANDS, HIGHEST = 40, 6000.0  # the 16 kHz speakers carry no more
SPEAKER_COEFFICIENTS, PHONE_COEFFICIENTS = 20, 14
ACTIVE = 30.0  # dB
CONTEXT = (-6, -3, 0, 3, 6)  # frames
MIXTURES = 16
STRETCHES = (
    0.85,
    1.0,
    1.18,
)  # of the speakers that teach the phones, so that the listener knows all sizes of tract

warnings.filterwarnings("ignore", category=ConvergenceWarning)


def _filters(stretch: float = 1.0) -> np.ndarray:
    """Mel filters of a vocal tract that is `stretch` times shorter: (BANDS, bins)."""
    mel = np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + HIGHEST / 700), BANDS + 2)
    edges = stretch * 700 * (10 ** (mel / 2595) - 1)
    hertz = np.arange(FFT // 2 + 1) * LOW_RATE / FFT
    rise = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    return np.clip(np.minimum(rise, fall), 0, None)


FILTERS = _filters()


def cepstrum(samples: np.ndarray, count: int, filters: np.ndarray = FILTERS) -> tuple[np.ndarray, np.ndarray]:
    """MFCCs every 10 ms (frames, count), and which frames are loud enough to count."""
    low = soxr.resample(samples, RATE, LOW_RATE)
    low = np.append(low[0], low[1:] - 0.97 * low[:-1])
    low = np.pad(low, (SIZE // 2, SIZE // 2 + HOP))
    frames = np.lib.stride_tricks.sliding_window_view(low, SIZE)[::HOP] * np.hamming(SIZE)
    power = np.abs(np.fft.rfft(frames, FFT, axis=1)) ** 2
    level = 10 * np.log10(power.sum(axis=1) + 1e-10)
    coefficients = dct(np.log(power @ filters.T + 1e-10), norm="ortho", axis=1)[:, :count]
    return coefficients, level > np.percentile(level, 98) - ACTIVE


def timbre(samples: np.ndarray) -> np.ndarray:
    """The frames by which a speaker is known, without their level."""
    frames, active = cepstrum(samples, SPEAKER_COEFFICIENTS)
    return frames[active][:, 1:]


def statistics(samples: np.ndarray) -> np.ndarray:
    """One vector for an utterance: means and deviations."""
    frames, active = cepstrum(samples, SPEAKER_COEFFICIENTS)
    change = np.gradient(frames, axis=0)[active]
    return np.concatenate([frames[active].mean(0)[1:], frames[active].std(0)[1:], change.std(0)[1:]])


class Speakers:
    """Tells speakers apart: a Gaussian mixture for each, and a linear discriminant over utterances."""

    def __init__(self, known: dict[str, list[np.ndarray]]) -> None:
        self.mixtures = {}
        for name, utterances in known.items():
            frames = np.concatenate([timbre(samples) for samples in utterances])
            count = max(2, min(MIXTURES, len(frames) // 60))
            self.mixtures[name] = GaussianMixture(
                count, covariance_type="diag", max_iter=50, random_state=0, reg_covar=1e-3
            ).fit(frames)
        vectors = [statistics(samples) for utterances in known.values() for samples in utterances]
        names = [name for name, utterances in known.items() for _ in utterances]
        self._discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(vectors, names)

    def nearness(self, samples: np.ndarray, target: str, source: str) -> float:
        """How much likelier the target is than the source, in nepers a frame."""
        frames = timbre(samples)
        return float(self.mixtures[target].score(frames) - self.mixtures[source].score(frames))

    def by_mixture(self, samples: np.ndarray) -> str:
        """Whom the frames fit best."""
        frames = timbre(samples)
        return max(self.mixtures, key=lambda name: self.mixtures[name].score(frames))

    def by_discriminant(self, samples: np.ndarray) -> str:
        """Whom the whole utterance fits best."""
        return str(self._discriminant.predict([statistics(samples)])[0])


class Phones:
    """Tells phones, after hearing speakers whose phones are known."""

    def __init__(self, utterances: list[Utterance]) -> None:
        rows, labels = [], []
        for one in utterances:
            for first, stretch in enumerate(STRETCHES):
                frames = _phone_frames(one.samples, _filters(stretch))
                told = one.labels(len(frames))
                rows.append(frames[told != ""][first::3])
                labels.append(told[told != ""][first::3])
        self._network = MLPClassifier((128,), max_iter=16, random_state=0, batch_size=256)
        self._network.fit(np.concatenate(rows), np.concatenate(labels))

    def heard(self, samples: np.ndarray) -> np.ndarray:
        """The phone heard in each frame."""
        return self._network.predict(_phone_frames(samples))


def _phone_frames(samples: np.ndarray, filters: np.ndarray = FILTERS) -> np.ndarray:
    frames, active = cepstrum(samples, PHONE_COEFFICIENTS, filters)
    frames = (frames - frames[active].mean(0)) / (frames[active].std(0) + 1e-6)
    padded = np.pad(frames, ((6, 6), (0, 0)), "edge")
    return np.concatenate([padded[6 + shift : 6 + shift + len(frames)] for shift in CONTEXT], axis=1)
