//! eggroll model 490-16-5+bias, generation 400, weights 98dde265e04bd7c6cbcb3436fe7fa7ce091d60e88eebf48e06f6c48192454621.
//!
//! Each layer: `y = clip(W x / (16 isqrt(inputs)))` with the quotient rounded down, then its bias and clip
//! again if it has one, then ReLU in all but the last; clip is to -127..=127.
//!
//! ```ignore
//! let mut signal = model::Signal::new();
//! let smoothing = model::Smoothing::Majority { windows: 5, least: 3 };
//! let mut decision = model::Decision::new(smoothing, 0, 0, [0; model::OUTPUTS]);
//! // For each sample that comes:
//! let class = signal.push(&[sample]).and_then(|outputs| decision.push(&outputs));
//! if let Some(class) = class { /* model::CLASS_NAMES[class] */ }
//! ```

// Features: standard: centred, standard deviation 32 (a rule a column, by the training rows). By their numbers, from 0:
// 0 frame 1 mfcc 0: in units of 10^0
// 1 frame 1 mfcc 1: in units of 10^0
// 2 frame 1 mfcc 2: in units of 10^0
// 3 frame 1 mfcc 3: in units of 10^0
// 4 frame 1 mfcc 4: in units of 10^0
// 5 frame 1 mfcc 5: in units of 10^0
// 6 frame 1 mfcc 6: in units of 10^0
// 7 frame 1 mfcc 7: in units of 10^0
// 8 frame 1 mfcc 8: in units of 10^0
// 9 frame 1 mfcc 9: in units of 10^0
// 10 frame 2 mfcc 0: in units of 10^0
// 11 frame 2 mfcc 1: in units of 10^0
// 12 frame 2 mfcc 2: in units of 10^0
// 13 frame 2 mfcc 3: in units of 10^0
// 14 frame 2 mfcc 4: in units of 10^0
// 15 frame 2 mfcc 5: in units of 10^0
// 16 frame 2 mfcc 6: in units of 10^0
// 17 frame 2 mfcc 7: in units of 10^0
// 18 frame 2 mfcc 8: in units of 10^0
// 19 frame 2 mfcc 9: in units of 10^0
// 20 frame 3 mfcc 0: in units of 10^0
// 21 frame 3 mfcc 1: in units of 10^0
// 22 frame 3 mfcc 2: in units of 10^0
// 23 frame 3 mfcc 3: in units of 10^0
// 24 frame 3 mfcc 4: in units of 10^0
// 25 frame 3 mfcc 5: in units of 10^0
// 26 frame 3 mfcc 6: in units of 10^0
// 27 frame 3 mfcc 7: in units of 10^0
// 28 frame 3 mfcc 8: in units of 10^0
// 29 frame 3 mfcc 9: in units of 10^0
// 30 frame 4 mfcc 0: in units of 10^0
// 31 frame 4 mfcc 1: in units of 10^0
// 32 frame 4 mfcc 2: in units of 10^0
// 33 frame 4 mfcc 3: in units of 10^0
// 34 frame 4 mfcc 4: in units of 10^0
// 35 frame 4 mfcc 5: in units of 10^0
// 36 frame 4 mfcc 6: in units of 10^0
// 37 frame 4 mfcc 7: in units of 10^0
// 38 frame 4 mfcc 8: in units of 10^0
// 39 frame 4 mfcc 9: in units of 10^0
// 40 frame 5 mfcc 0: in units of 10^0
// 41 frame 5 mfcc 1: in units of 10^0
// 42 frame 5 mfcc 2: in units of 10^0
// 43 frame 5 mfcc 3: in units of 10^0
// 44 frame 5 mfcc 4: in units of 10^0
// 45 frame 5 mfcc 5: in units of 10^0
// 46 frame 5 mfcc 6: in units of 10^0
// 47 frame 5 mfcc 7: in units of 10^0
// 48 frame 5 mfcc 8: in units of 10^0
// 49 frame 5 mfcc 9: in units of 10^0
// 50 frame 6 mfcc 0: in units of 10^0
// 51 frame 6 mfcc 1: in units of 10^0
// 52 frame 6 mfcc 2: in units of 10^0
// 53 frame 6 mfcc 3: in units of 10^0
// 54 frame 6 mfcc 4: in units of 10^0
// 55 frame 6 mfcc 5: in units of 10^0
// 56 frame 6 mfcc 6: in units of 10^0
// 57 frame 6 mfcc 7: in units of 10^0
// 58 frame 6 mfcc 8: in units of 10^0
// 59 frame 6 mfcc 9: in units of 10^0
// 60 frame 7 mfcc 0: in units of 10^0
// 61 frame 7 mfcc 1: in units of 10^0
// 62 frame 7 mfcc 2: in units of 10^0
// 63 frame 7 mfcc 3: in units of 10^0
// 64 frame 7 mfcc 4: in units of 10^0
// 65 frame 7 mfcc 5: in units of 10^0
// 66 frame 7 mfcc 6: in units of 10^0
// 67 frame 7 mfcc 7: in units of 10^0
// 68 frame 7 mfcc 8: in units of 10^0
// 69 frame 7 mfcc 9: in units of 10^0
// 70 frame 8 mfcc 0: in units of 10^0
// 71 frame 8 mfcc 1: in units of 10^0
// 72 frame 8 mfcc 2: in units of 10^0
// 73 frame 8 mfcc 3: in units of 10^0
// 74 frame 8 mfcc 4: in units of 10^0
// 75 frame 8 mfcc 5: in units of 10^0
// 76 frame 8 mfcc 6: in units of 10^0
// 77 frame 8 mfcc 7: in units of 10^0
// 78 frame 8 mfcc 8: in units of 10^0
// 79 frame 8 mfcc 9: in units of 10^0
// 80 frame 9 mfcc 0: in units of 10^0
// 81 frame 9 mfcc 1: in units of 10^0
// 82 frame 9 mfcc 2: in units of 10^0
// 83 frame 9 mfcc 3: in units of 10^0
// 84 frame 9 mfcc 4: in units of 10^0
// 85 frame 9 mfcc 5: in units of 10^0
// 86 frame 9 mfcc 6: in units of 10^0
// 87 frame 9 mfcc 7: in units of 10^0
// 88 frame 9 mfcc 8: in units of 10^0
// 89 frame 9 mfcc 9: in units of 10^0
// 90 frame 10 mfcc 0: in units of 10^0
// 91 frame 10 mfcc 1: in units of 10^0
// 92 frame 10 mfcc 2: in units of 10^0
// 93 frame 10 mfcc 3: in units of 10^0
// 94 frame 10 mfcc 4: in units of 10^0
// 95 frame 10 mfcc 5: in units of 10^0
// 96 frame 10 mfcc 6: in units of 10^0
// 97 frame 10 mfcc 7: in units of 10^0
// 98 frame 10 mfcc 8: in units of 10^0
// 99 frame 10 mfcc 9: in units of 10^0
// 100 frame 11 mfcc 0: in units of 10^0
// 101 frame 11 mfcc 1: in units of 10^0
// 102 frame 11 mfcc 2: in units of 10^0
// 103 frame 11 mfcc 3: in units of 10^0
// 104 frame 11 mfcc 4: in units of 10^0
// 105 frame 11 mfcc 5: in units of 10^0
// 106 frame 11 mfcc 6: in units of 10^0
// 107 frame 11 mfcc 7: in units of 10^0
// 108 frame 11 mfcc 8: in units of 10^0
// 109 frame 11 mfcc 9: in units of 10^0
// 110 frame 12 mfcc 0: in units of 10^0
// 111 frame 12 mfcc 1: in units of 10^0
// 112 frame 12 mfcc 2: in units of 10^0
// 113 frame 12 mfcc 3: in units of 10^0
// 114 frame 12 mfcc 4: in units of 10^0
// 115 frame 12 mfcc 5: in units of 10^0
// 116 frame 12 mfcc 6: in units of 10^0
// 117 frame 12 mfcc 7: in units of 10^0
// 118 frame 12 mfcc 8: in units of 10^0
// 119 frame 12 mfcc 9: in units of 10^0
// 120 frame 13 mfcc 0: in units of 10^0
// 121 frame 13 mfcc 1: in units of 10^0
// 122 frame 13 mfcc 2: in units of 10^0
// 123 frame 13 mfcc 3: in units of 10^0
// 124 frame 13 mfcc 4: in units of 10^0
// 125 frame 13 mfcc 5: in units of 10^0
// 126 frame 13 mfcc 6: in units of 10^0
// 127 frame 13 mfcc 7: in units of 10^0
// 128 frame 13 mfcc 8: in units of 10^0
// 129 frame 13 mfcc 9: in units of 10^0
// 130 frame 14 mfcc 0: in units of 10^0
// 131 frame 14 mfcc 1: in units of 10^0
// 132 frame 14 mfcc 2: in units of 10^0
// 133 frame 14 mfcc 3: in units of 10^0
// 134 frame 14 mfcc 4: in units of 10^0
// 135 frame 14 mfcc 5: in units of 10^0
// 136 frame 14 mfcc 6: in units of 10^0
// 137 frame 14 mfcc 7: in units of 10^0
// 138 frame 14 mfcc 8: in units of 10^0
// 139 frame 14 mfcc 9: in units of 10^0
// 140 frame 15 mfcc 0: in units of 10^0
// 141 frame 15 mfcc 1: in units of 10^0
// 142 frame 15 mfcc 2: in units of 10^0
// 143 frame 15 mfcc 3: in units of 10^0
// 144 frame 15 mfcc 4: in units of 10^0
// 145 frame 15 mfcc 5: in units of 10^0
// 146 frame 15 mfcc 6: in units of 10^0
// 147 frame 15 mfcc 7: in units of 10^0
// 148 frame 15 mfcc 8: in units of 10^0
// 149 frame 15 mfcc 9: in units of 10^0
// 150 frame 16 mfcc 0: in units of 10^0
// 151 frame 16 mfcc 1: in units of 10^0
// 152 frame 16 mfcc 2: in units of 10^0
// 153 frame 16 mfcc 3: in units of 10^0
// 154 frame 16 mfcc 4: in units of 10^0
// 155 frame 16 mfcc 5: in units of 10^0
// 156 frame 16 mfcc 6: in units of 10^0
// 157 frame 16 mfcc 7: in units of 10^0
// 158 frame 16 mfcc 8: in units of 10^0
// 159 frame 16 mfcc 9: in units of 10^0
// 160 frame 17 mfcc 0: in units of 10^0
// 161 frame 17 mfcc 1: in units of 10^0
// 162 frame 17 mfcc 2: in units of 10^0
// 163 frame 17 mfcc 3: in units of 10^0
// 164 frame 17 mfcc 4: in units of 10^0
// 165 frame 17 mfcc 5: in units of 10^0
// 166 frame 17 mfcc 6: in units of 10^0
// 167 frame 17 mfcc 7: in units of 10^0
// 168 frame 17 mfcc 8: in units of 10^0
// 169 frame 17 mfcc 9: in units of 10^0
// 170 frame 18 mfcc 0: in units of 10^0
// 171 frame 18 mfcc 1: in units of 10^0
// 172 frame 18 mfcc 2: in units of 10^0
// 173 frame 18 mfcc 3: in units of 10^0
// 174 frame 18 mfcc 4: in units of 10^0
// 175 frame 18 mfcc 5: in units of 10^0
// 176 frame 18 mfcc 6: in units of 10^0
// 177 frame 18 mfcc 7: in units of 10^0
// 178 frame 18 mfcc 8: in units of 10^0
// 179 frame 18 mfcc 9: in units of 10^0
// 180 frame 19 mfcc 0: in units of 10^0
// 181 frame 19 mfcc 1: in units of 10^0
// 182 frame 19 mfcc 2: in units of 10^0
// 183 frame 19 mfcc 3: in units of 10^0
// 184 frame 19 mfcc 4: in units of 10^0
// 185 frame 19 mfcc 5: in units of 10^0
// 186 frame 19 mfcc 6: in units of 10^0
// 187 frame 19 mfcc 7: in units of 10^0
// 188 frame 19 mfcc 8: in units of 10^0
// 189 frame 19 mfcc 9: in units of 10^0
// 190 frame 20 mfcc 0: in units of 10^0
// 191 frame 20 mfcc 1: in units of 10^0
// 192 frame 20 mfcc 2: in units of 10^0
// 193 frame 20 mfcc 3: in units of 10^0
// 194 frame 20 mfcc 4: in units of 10^0
// 195 frame 20 mfcc 5: in units of 10^0
// 196 frame 20 mfcc 6: in units of 10^0
// 197 frame 20 mfcc 7: in units of 10^0
// 198 frame 20 mfcc 8: in units of 10^0
// 199 frame 20 mfcc 9: in units of 10^0
// 200 frame 21 mfcc 0: in units of 10^0
// 201 frame 21 mfcc 1: in units of 10^0
// 202 frame 21 mfcc 2: in units of 10^0
// 203 frame 21 mfcc 3: in units of 10^0
// 204 frame 21 mfcc 4: in units of 10^0
// 205 frame 21 mfcc 5: in units of 10^0
// 206 frame 21 mfcc 6: in units of 10^0
// 207 frame 21 mfcc 7: in units of 10^0
// 208 frame 21 mfcc 8: in units of 10^0
// 209 frame 21 mfcc 9: in units of 10^0
// 210 frame 22 mfcc 0: in units of 10^0
// 211 frame 22 mfcc 1: in units of 10^0
// 212 frame 22 mfcc 2: in units of 10^0
// 213 frame 22 mfcc 3: in units of 10^0
// 214 frame 22 mfcc 4: in units of 10^0
// 215 frame 22 mfcc 5: in units of 10^0
// 216 frame 22 mfcc 6: in units of 10^0
// 217 frame 22 mfcc 7: in units of 10^0
// 218 frame 22 mfcc 8: in units of 10^0
// 219 frame 22 mfcc 9: in units of 10^0
// 220 frame 23 mfcc 0: in units of 10^0
// 221 frame 23 mfcc 1: in units of 10^0
// 222 frame 23 mfcc 2: in units of 10^0
// 223 frame 23 mfcc 3: in units of 10^0
// 224 frame 23 mfcc 4: in units of 10^0
// 225 frame 23 mfcc 5: in units of 10^0
// 226 frame 23 mfcc 6: in units of 10^0
// 227 frame 23 mfcc 7: in units of 10^0
// 228 frame 23 mfcc 8: in units of 10^0
// 229 frame 23 mfcc 9: in units of 10^0
// 230 frame 24 mfcc 0: in units of 10^0
// 231 frame 24 mfcc 1: in units of 10^0
// 232 frame 24 mfcc 2: in units of 10^0
// 233 frame 24 mfcc 3: in units of 10^0
// 234 frame 24 mfcc 4: in units of 10^0
// 235 frame 24 mfcc 5: in units of 10^0
// 236 frame 24 mfcc 6: in units of 10^0
// 237 frame 24 mfcc 7: in units of 10^0
// 238 frame 24 mfcc 8: in units of 10^0
// 239 frame 24 mfcc 9: in units of 10^0
// 240 frame 25 mfcc 0: in units of 10^0
// 241 frame 25 mfcc 1: in units of 10^0
// 242 frame 25 mfcc 2: in units of 10^0
// 243 frame 25 mfcc 3: in units of 10^0
// 244 frame 25 mfcc 4: in units of 10^0
// 245 frame 25 mfcc 5: in units of 10^0
// 246 frame 25 mfcc 6: in units of 10^0
// 247 frame 25 mfcc 7: in units of 10^0
// 248 frame 25 mfcc 8: in units of 10^0
// 249 frame 25 mfcc 9: in units of 10^0
// 250 frame 26 mfcc 0: in units of 10^0
// 251 frame 26 mfcc 1: in units of 10^0
// 252 frame 26 mfcc 2: in units of 10^0
// 253 frame 26 mfcc 3: in units of 10^0
// 254 frame 26 mfcc 4: in units of 10^0
// 255 frame 26 mfcc 5: in units of 10^0
// 256 frame 26 mfcc 6: in units of 10^0
// 257 frame 26 mfcc 7: in units of 10^0
// 258 frame 26 mfcc 8: in units of 10^0
// 259 frame 26 mfcc 9: in units of 10^0
// 260 frame 27 mfcc 0: in units of 10^0
// 261 frame 27 mfcc 1: in units of 10^0
// 262 frame 27 mfcc 2: in units of 10^0
// 263 frame 27 mfcc 3: in units of 10^0
// 264 frame 27 mfcc 4: in units of 10^0
// 265 frame 27 mfcc 5: in units of 10^0
// 266 frame 27 mfcc 6: in units of 10^0
// 267 frame 27 mfcc 7: in units of 10^0
// 268 frame 27 mfcc 8: in units of 10^0
// 269 frame 27 mfcc 9: in units of 10^0
// 270 frame 28 mfcc 0: in units of 10^0
// 271 frame 28 mfcc 1: in units of 10^0
// 272 frame 28 mfcc 2: in units of 10^0
// 273 frame 28 mfcc 3: in units of 10^0
// 274 frame 28 mfcc 4: in units of 10^0
// 275 frame 28 mfcc 5: in units of 10^0
// 276 frame 28 mfcc 6: in units of 10^0
// 277 frame 28 mfcc 7: in units of 10^0
// 278 frame 28 mfcc 8: in units of 10^0
// 279 frame 28 mfcc 9: in units of 10^0
// 280 frame 29 mfcc 0: in units of 10^0
// 281 frame 29 mfcc 1: in units of 10^0
// 282 frame 29 mfcc 2: in units of 10^0
// 283 frame 29 mfcc 3: in units of 10^0
// 284 frame 29 mfcc 4: in units of 10^0
// 285 frame 29 mfcc 5: in units of 10^0
// 286 frame 29 mfcc 6: in units of 10^0
// 287 frame 29 mfcc 7: in units of 10^0
// 288 frame 29 mfcc 8: in units of 10^0
// 289 frame 29 mfcc 9: in units of 10^0
// 290 frame 30 mfcc 0: in units of 10^0
// 291 frame 30 mfcc 1: in units of 10^0
// 292 frame 30 mfcc 2: in units of 10^0
// 293 frame 30 mfcc 3: in units of 10^0
// 294 frame 30 mfcc 4: in units of 10^0
// 295 frame 30 mfcc 5: in units of 10^0
// 296 frame 30 mfcc 6: in units of 10^0
// 297 frame 30 mfcc 7: in units of 10^0
// 298 frame 30 mfcc 8: in units of 10^0
// 299 frame 30 mfcc 9: in units of 10^0
// 300 frame 31 mfcc 0: in units of 10^0
// 301 frame 31 mfcc 1: in units of 10^0
// 302 frame 31 mfcc 2: in units of 10^0
// 303 frame 31 mfcc 3: in units of 10^0
// 304 frame 31 mfcc 4: in units of 10^0
// 305 frame 31 mfcc 5: in units of 10^0
// 306 frame 31 mfcc 6: in units of 10^0
// 307 frame 31 mfcc 7: in units of 10^0
// 308 frame 31 mfcc 8: in units of 10^0
// 309 frame 31 mfcc 9: in units of 10^0
// 310 frame 32 mfcc 0: in units of 10^0
// 311 frame 32 mfcc 1: in units of 10^0
// 312 frame 32 mfcc 2: in units of 10^0
// 313 frame 32 mfcc 3: in units of 10^0
// 314 frame 32 mfcc 4: in units of 10^0
// 315 frame 32 mfcc 5: in units of 10^0
// 316 frame 32 mfcc 6: in units of 10^0
// 317 frame 32 mfcc 7: in units of 10^0
// 318 frame 32 mfcc 8: in units of 10^0
// 319 frame 32 mfcc 9: in units of 10^0
// 320 frame 33 mfcc 0: in units of 10^0
// 321 frame 33 mfcc 1: in units of 10^0
// 322 frame 33 mfcc 2: in units of 10^0
// 323 frame 33 mfcc 3: in units of 10^0
// 324 frame 33 mfcc 4: in units of 10^0
// 325 frame 33 mfcc 5: in units of 10^0
// 326 frame 33 mfcc 6: in units of 10^0
// 327 frame 33 mfcc 7: in units of 10^0
// 328 frame 33 mfcc 8: in units of 10^0
// 329 frame 33 mfcc 9: in units of 10^0
// 330 frame 34 mfcc 0: in units of 10^0
// 331 frame 34 mfcc 1: in units of 10^0
// 332 frame 34 mfcc 2: in units of 10^0
// 333 frame 34 mfcc 3: in units of 10^0
// 334 frame 34 mfcc 4: in units of 10^0
// 335 frame 34 mfcc 5: in units of 10^0
// 336 frame 34 mfcc 6: in units of 10^0
// 337 frame 34 mfcc 7: in units of 10^0
// 338 frame 34 mfcc 8: in units of 10^0
// 339 frame 34 mfcc 9: in units of 10^0
// 340 frame 35 mfcc 0: in units of 10^0
// 341 frame 35 mfcc 1: in units of 10^0
// 342 frame 35 mfcc 2: in units of 10^0
// 343 frame 35 mfcc 3: in units of 10^0
// 344 frame 35 mfcc 4: in units of 10^0
// 345 frame 35 mfcc 5: in units of 10^0
// 346 frame 35 mfcc 6: in units of 10^0
// 347 frame 35 mfcc 7: in units of 10^0
// 348 frame 35 mfcc 8: in units of 10^0
// 349 frame 35 mfcc 9: in units of 10^0
// 350 frame 36 mfcc 0: in units of 10^0
// 351 frame 36 mfcc 1: in units of 10^0
// 352 frame 36 mfcc 2: in units of 10^0
// 353 frame 36 mfcc 3: in units of 10^0
// 354 frame 36 mfcc 4: in units of 10^0
// 355 frame 36 mfcc 5: in units of 10^0
// 356 frame 36 mfcc 6: in units of 10^0
// 357 frame 36 mfcc 7: in units of 10^0
// 358 frame 36 mfcc 8: in units of 10^0
// 359 frame 36 mfcc 9: in units of 10^0
// 360 frame 37 mfcc 0: in units of 10^0
// 361 frame 37 mfcc 1: in units of 10^0
// 362 frame 37 mfcc 2: in units of 10^0
// 363 frame 37 mfcc 3: in units of 10^0
// 364 frame 37 mfcc 4: in units of 10^0
// 365 frame 37 mfcc 5: in units of 10^0
// 366 frame 37 mfcc 6: in units of 10^0
// 367 frame 37 mfcc 7: in units of 10^0
// 368 frame 37 mfcc 8: in units of 10^0
// 369 frame 37 mfcc 9: in units of 10^0
// 370 frame 38 mfcc 0: in units of 10^0
// 371 frame 38 mfcc 1: in units of 10^0
// 372 frame 38 mfcc 2: in units of 10^0
// 373 frame 38 mfcc 3: in units of 10^0
// 374 frame 38 mfcc 4: in units of 10^0
// 375 frame 38 mfcc 5: in units of 10^0
// 376 frame 38 mfcc 6: in units of 10^0
// 377 frame 38 mfcc 7: in units of 10^0
// 378 frame 38 mfcc 8: in units of 10^0
// 379 frame 38 mfcc 9: in units of 10^0
// 380 frame 39 mfcc 0: in units of 10^0
// 381 frame 39 mfcc 1: in units of 10^0
// 382 frame 39 mfcc 2: in units of 10^0
// 383 frame 39 mfcc 3: in units of 10^0
// 384 frame 39 mfcc 4: in units of 10^0
// 385 frame 39 mfcc 5: in units of 10^0
// 386 frame 39 mfcc 6: in units of 10^0
// 387 frame 39 mfcc 7: in units of 10^0
// 388 frame 39 mfcc 8: in units of 10^0
// 389 frame 39 mfcc 9: in units of 10^0
// 390 frame 40 mfcc 0: in units of 10^0
// 391 frame 40 mfcc 1: in units of 10^0
// 392 frame 40 mfcc 2: in units of 10^0
// 393 frame 40 mfcc 3: in units of 10^0
// 394 frame 40 mfcc 4: in units of 10^0
// 395 frame 40 mfcc 5: in units of 10^0
// 396 frame 40 mfcc 6: in units of 10^0
// 397 frame 40 mfcc 7: in units of 10^0
// 398 frame 40 mfcc 8: in units of 10^0
// 399 frame 40 mfcc 9: in units of 10^0
// 400 frame 41 mfcc 0: in units of 10^0
// 401 frame 41 mfcc 1: in units of 10^0
// 402 frame 41 mfcc 2: in units of 10^0
// 403 frame 41 mfcc 3: in units of 10^0
// 404 frame 41 mfcc 4: in units of 10^0
// 405 frame 41 mfcc 5: in units of 10^0
// 406 frame 41 mfcc 6: in units of 10^0
// 407 frame 41 mfcc 7: in units of 10^0
// 408 frame 41 mfcc 8: in units of 10^0
// 409 frame 41 mfcc 9: in units of 10^0
// 410 frame 42 mfcc 0: in units of 10^0
// 411 frame 42 mfcc 1: in units of 10^0
// 412 frame 42 mfcc 2: in units of 10^0
// 413 frame 42 mfcc 3: in units of 10^0
// 414 frame 42 mfcc 4: in units of 10^0
// 415 frame 42 mfcc 5: in units of 10^0
// 416 frame 42 mfcc 6: in units of 10^0
// 417 frame 42 mfcc 7: in units of 10^0
// 418 frame 42 mfcc 8: in units of 10^0
// 419 frame 42 mfcc 9: in units of 10^0
// 420 frame 43 mfcc 0: in units of 10^0
// 421 frame 43 mfcc 1: in units of 10^0
// 422 frame 43 mfcc 2: in units of 10^0
// 423 frame 43 mfcc 3: in units of 10^0
// 424 frame 43 mfcc 4: in units of 10^0
// 425 frame 43 mfcc 5: in units of 10^0
// 426 frame 43 mfcc 6: in units of 10^0
// 427 frame 43 mfcc 7: in units of 10^0
// 428 frame 43 mfcc 8: in units of 10^0
// 429 frame 43 mfcc 9: in units of 10^0
// 430 frame 44 mfcc 0: in units of 10^0
// 431 frame 44 mfcc 1: in units of 10^0
// 432 frame 44 mfcc 2: in units of 10^0
// 433 frame 44 mfcc 3: in units of 10^0
// 434 frame 44 mfcc 4: in units of 10^0
// 435 frame 44 mfcc 5: in units of 10^0
// 436 frame 44 mfcc 6: in units of 10^0
// 437 frame 44 mfcc 7: in units of 10^0
// 438 frame 44 mfcc 8: in units of 10^0
// 439 frame 44 mfcc 9: in units of 10^0
// 440 frame 45 mfcc 0: in units of 10^0
// 441 frame 45 mfcc 1: in units of 10^0
// 442 frame 45 mfcc 2: in units of 10^0
// 443 frame 45 mfcc 3: in units of 10^0
// 444 frame 45 mfcc 4: in units of 10^0
// 445 frame 45 mfcc 5: in units of 10^0
// 446 frame 45 mfcc 6: in units of 10^0
// 447 frame 45 mfcc 7: in units of 10^0
// 448 frame 45 mfcc 8: in units of 10^0
// 449 frame 45 mfcc 9: in units of 10^0
// 450 frame 46 mfcc 0: in units of 10^0
// 451 frame 46 mfcc 1: in units of 10^0
// 452 frame 46 mfcc 2: in units of 10^0
// 453 frame 46 mfcc 3: in units of 10^0
// 454 frame 46 mfcc 4: in units of 10^0
// 455 frame 46 mfcc 5: in units of 10^0
// 456 frame 46 mfcc 6: in units of 10^0
// 457 frame 46 mfcc 7: in units of 10^0
// 458 frame 46 mfcc 8: in units of 10^0
// 459 frame 46 mfcc 9: in units of 10^0
// 460 frame 47 mfcc 0: in units of 10^0
// 461 frame 47 mfcc 1: in units of 10^0
// 462 frame 47 mfcc 2: in units of 10^0
// 463 frame 47 mfcc 3: in units of 10^0
// 464 frame 47 mfcc 4: in units of 10^0
// 465 frame 47 mfcc 5: in units of 10^0
// 466 frame 47 mfcc 6: in units of 10^0
// 467 frame 47 mfcc 7: in units of 10^0
// 468 frame 47 mfcc 8: in units of 10^0
// 469 frame 47 mfcc 9: in units of 10^0
// 470 frame 48 mfcc 0: in units of 10^0
// 471 frame 48 mfcc 1: in units of 10^0
// 472 frame 48 mfcc 2: in units of 10^0
// 473 frame 48 mfcc 3: in units of 10^0
// 474 frame 48 mfcc 4: in units of 10^0
// 475 frame 48 mfcc 5: in units of 10^0
// 476 frame 48 mfcc 6: in units of 10^0
// 477 frame 48 mfcc 7: in units of 10^0
// 478 frame 48 mfcc 8: in units of 10^0
// 479 frame 48 mfcc 9: in units of 10^0
// 480 frame 49 mfcc 0: in units of 10^0
// 481 frame 49 mfcc 1: in units of 10^0
// 482 frame 49 mfcc 2: in units of 10^0
// 483 frame 49 mfcc 3: in units of 10^0
// 484 frame 49 mfcc 4: in units of 10^0
// 485 frame 49 mfcc 5: in units of 10^0
// 486 frame 49 mfcc 6: in units of 10^0
// 487 frame 49 mfcc 7: in units of 10^0
// 488 frame 49 mfcc 8: in units of 10^0
// 489 frame 49 mfcc 9: in units of 10^0

// Channels, by their numbers, from 0:
// 0 sound: in units of 10^0

#![allow(dead_code, unexpected_cfgs)]

/// Inputs of the model.
pub const INPUTS: usize = 490;
/// Outputs of the model.
pub const OUTPUTS: usize = 5;
/// Values of the widest layer but the last.
const WIDEST: usize = 16;
/// Channels of the signal.
pub const CHANNELS: usize = 1;
/// Samples of a window.
pub const WINDOW: usize = 16000;
/// Samples from one window to the next.
pub const HOP: usize = 8000;
/// Samples in a second; 0 where that is not known.
pub const RATE: u32 = 16000;
/// Samples that are kept.
const RING: usize = 480;
/// What is kept of frames.
const FRAMES: usize = 490;
/// What a transform works in.
const SCRATCH: usize = 512;
/// Filters of all channels.
const STATES: usize = 0;

/// The names of the channels.
pub static CHANNEL_NAMES: [&str; CHANNELS] = [
    "sound",
];

/// The samples of a channel are in units of 10^-places.
pub static CHANNEL_PLACES: [i8; CHANNELS] = [
    0,
];

static FILTERS: [signal::Biquad; 0] = [
];

static STARTS_0: [u16; 34] = [
    4, 6, 8, 11, 13, 15, 18, 21, 24, 27, 31, 35, 39, 43, 48, 53, 58, 64, 70, 77, 84, 92, 100, 109, 118, 128,
    139, 151, 163, 177, 191, 206, 223, 240,
];

static RISING_0: [u16; 236] = [
    0, 2153, 196, 2204, 108, 1981, 3854, 1521, 3269, 858, 2488, 20, 1540, 3060, 452, 1870, 3288, 569, 1891,
    3214, 411, 1645, 2879, 15, 1166, 2317, 3468, 487, 1561, 2634, 3707, 639, 1640, 2641, 3643, 511, 1445,
    2379, 3313, 141, 1012, 1883, 2754, 3625, 374, 1186, 1999, 2812, 3624, 318, 1076, 1834, 2592, 3350, 11,
    718, 1425, 2132, 2839, 3546, 147, 806, 1466, 2125, 2785, 3444, 7, 622, 1237, 1852, 2468, 3083, 3698,
    203, 776, 1350, 1924, 2498, 3072, 3645, 115, 650, 1185, 1721, 2256, 2791, 3326, 3862, 281, 780, 1279,
    1778, 2278, 2777, 3276, 3775, 167, 632, 1098, 1564, 2029, 2495, 2961, 3426, 3892, 244, 679, 1113, 1547,
    1982, 2416, 2850, 3285, 3719, 54, 459, 864, 1269, 1674, 2080, 2485, 2890, 3295, 3700, 9, 387, 765, 1143,
    1521, 1899, 2277, 2655, 3032, 3410, 3788, 66, 418, 771, 1123, 1476, 1828, 2181, 2533, 2886, 3238, 3591,
    3943, 187, 515, 844, 1173, 1502, 1831, 2160, 2488, 2817, 3146, 3475, 3804, 34, 341, 648, 954, 1261,
    1568, 1875, 2181, 2488, 2795, 3101, 3408, 3715, 4022, 217, 503, 789, 1075, 1361, 1647, 1933, 2220, 2506,
    2792, 3078, 3364, 3650, 3936, 118, 385, 652, 918, 1185, 1452, 1719, 1986, 2253, 2520, 2787, 3054, 3320,
    3587, 3854, 23, 272, 521, 770, 1019, 1268, 1517, 1766, 2015, 2264, 2513, 2762, 3011, 3260, 3508, 3757,
    4006, 149, 381, 613, 845, 1077, 1310, 1542, 1774, 2006, 2238, 2471, 2703, 2935, 3167, 3399, 3632, 3864,
];

static BLOCKS: [signal::Block<'static>; 1] = [
    signal::Block::Mel(signal::MelFrames {
        frame: 480,
        step: 320,
        bank: signal::MelBank { starts: &STARTS_0, rising: &RISING_0 },
        coefficients: 10,
    }),
];

static PLAN: signal::Plan<'static> = signal::Plan {
    channels: 1,
    window: 16000,
    hop: 8000,
    filters: &FILTERS,
    magnitude: false,
    blocks: &BLOCKS,
};

/// The names of the features.
pub static FEATURE_NAMES: [&str; INPUTS] = [
    "frame 1 mfcc 0",
    "frame 1 mfcc 1",
    "frame 1 mfcc 2",
    "frame 1 mfcc 3",
    "frame 1 mfcc 4",
    "frame 1 mfcc 5",
    "frame 1 mfcc 6",
    "frame 1 mfcc 7",
    "frame 1 mfcc 8",
    "frame 1 mfcc 9",
    "frame 2 mfcc 0",
    "frame 2 mfcc 1",
    "frame 2 mfcc 2",
    "frame 2 mfcc 3",
    "frame 2 mfcc 4",
    "frame 2 mfcc 5",
    "frame 2 mfcc 6",
    "frame 2 mfcc 7",
    "frame 2 mfcc 8",
    "frame 2 mfcc 9",
    "frame 3 mfcc 0",
    "frame 3 mfcc 1",
    "frame 3 mfcc 2",
    "frame 3 mfcc 3",
    "frame 3 mfcc 4",
    "frame 3 mfcc 5",
    "frame 3 mfcc 6",
    "frame 3 mfcc 7",
    "frame 3 mfcc 8",
    "frame 3 mfcc 9",
    "frame 4 mfcc 0",
    "frame 4 mfcc 1",
    "frame 4 mfcc 2",
    "frame 4 mfcc 3",
    "frame 4 mfcc 4",
    "frame 4 mfcc 5",
    "frame 4 mfcc 6",
    "frame 4 mfcc 7",
    "frame 4 mfcc 8",
    "frame 4 mfcc 9",
    "frame 5 mfcc 0",
    "frame 5 mfcc 1",
    "frame 5 mfcc 2",
    "frame 5 mfcc 3",
    "frame 5 mfcc 4",
    "frame 5 mfcc 5",
    "frame 5 mfcc 6",
    "frame 5 mfcc 7",
    "frame 5 mfcc 8",
    "frame 5 mfcc 9",
    "frame 6 mfcc 0",
    "frame 6 mfcc 1",
    "frame 6 mfcc 2",
    "frame 6 mfcc 3",
    "frame 6 mfcc 4",
    "frame 6 mfcc 5",
    "frame 6 mfcc 6",
    "frame 6 mfcc 7",
    "frame 6 mfcc 8",
    "frame 6 mfcc 9",
    "frame 7 mfcc 0",
    "frame 7 mfcc 1",
    "frame 7 mfcc 2",
    "frame 7 mfcc 3",
    "frame 7 mfcc 4",
    "frame 7 mfcc 5",
    "frame 7 mfcc 6",
    "frame 7 mfcc 7",
    "frame 7 mfcc 8",
    "frame 7 mfcc 9",
    "frame 8 mfcc 0",
    "frame 8 mfcc 1",
    "frame 8 mfcc 2",
    "frame 8 mfcc 3",
    "frame 8 mfcc 4",
    "frame 8 mfcc 5",
    "frame 8 mfcc 6",
    "frame 8 mfcc 7",
    "frame 8 mfcc 8",
    "frame 8 mfcc 9",
    "frame 9 mfcc 0",
    "frame 9 mfcc 1",
    "frame 9 mfcc 2",
    "frame 9 mfcc 3",
    "frame 9 mfcc 4",
    "frame 9 mfcc 5",
    "frame 9 mfcc 6",
    "frame 9 mfcc 7",
    "frame 9 mfcc 8",
    "frame 9 mfcc 9",
    "frame 10 mfcc 0",
    "frame 10 mfcc 1",
    "frame 10 mfcc 2",
    "frame 10 mfcc 3",
    "frame 10 mfcc 4",
    "frame 10 mfcc 5",
    "frame 10 mfcc 6",
    "frame 10 mfcc 7",
    "frame 10 mfcc 8",
    "frame 10 mfcc 9",
    "frame 11 mfcc 0",
    "frame 11 mfcc 1",
    "frame 11 mfcc 2",
    "frame 11 mfcc 3",
    "frame 11 mfcc 4",
    "frame 11 mfcc 5",
    "frame 11 mfcc 6",
    "frame 11 mfcc 7",
    "frame 11 mfcc 8",
    "frame 11 mfcc 9",
    "frame 12 mfcc 0",
    "frame 12 mfcc 1",
    "frame 12 mfcc 2",
    "frame 12 mfcc 3",
    "frame 12 mfcc 4",
    "frame 12 mfcc 5",
    "frame 12 mfcc 6",
    "frame 12 mfcc 7",
    "frame 12 mfcc 8",
    "frame 12 mfcc 9",
    "frame 13 mfcc 0",
    "frame 13 mfcc 1",
    "frame 13 mfcc 2",
    "frame 13 mfcc 3",
    "frame 13 mfcc 4",
    "frame 13 mfcc 5",
    "frame 13 mfcc 6",
    "frame 13 mfcc 7",
    "frame 13 mfcc 8",
    "frame 13 mfcc 9",
    "frame 14 mfcc 0",
    "frame 14 mfcc 1",
    "frame 14 mfcc 2",
    "frame 14 mfcc 3",
    "frame 14 mfcc 4",
    "frame 14 mfcc 5",
    "frame 14 mfcc 6",
    "frame 14 mfcc 7",
    "frame 14 mfcc 8",
    "frame 14 mfcc 9",
    "frame 15 mfcc 0",
    "frame 15 mfcc 1",
    "frame 15 mfcc 2",
    "frame 15 mfcc 3",
    "frame 15 mfcc 4",
    "frame 15 mfcc 5",
    "frame 15 mfcc 6",
    "frame 15 mfcc 7",
    "frame 15 mfcc 8",
    "frame 15 mfcc 9",
    "frame 16 mfcc 0",
    "frame 16 mfcc 1",
    "frame 16 mfcc 2",
    "frame 16 mfcc 3",
    "frame 16 mfcc 4",
    "frame 16 mfcc 5",
    "frame 16 mfcc 6",
    "frame 16 mfcc 7",
    "frame 16 mfcc 8",
    "frame 16 mfcc 9",
    "frame 17 mfcc 0",
    "frame 17 mfcc 1",
    "frame 17 mfcc 2",
    "frame 17 mfcc 3",
    "frame 17 mfcc 4",
    "frame 17 mfcc 5",
    "frame 17 mfcc 6",
    "frame 17 mfcc 7",
    "frame 17 mfcc 8",
    "frame 17 mfcc 9",
    "frame 18 mfcc 0",
    "frame 18 mfcc 1",
    "frame 18 mfcc 2",
    "frame 18 mfcc 3",
    "frame 18 mfcc 4",
    "frame 18 mfcc 5",
    "frame 18 mfcc 6",
    "frame 18 mfcc 7",
    "frame 18 mfcc 8",
    "frame 18 mfcc 9",
    "frame 19 mfcc 0",
    "frame 19 mfcc 1",
    "frame 19 mfcc 2",
    "frame 19 mfcc 3",
    "frame 19 mfcc 4",
    "frame 19 mfcc 5",
    "frame 19 mfcc 6",
    "frame 19 mfcc 7",
    "frame 19 mfcc 8",
    "frame 19 mfcc 9",
    "frame 20 mfcc 0",
    "frame 20 mfcc 1",
    "frame 20 mfcc 2",
    "frame 20 mfcc 3",
    "frame 20 mfcc 4",
    "frame 20 mfcc 5",
    "frame 20 mfcc 6",
    "frame 20 mfcc 7",
    "frame 20 mfcc 8",
    "frame 20 mfcc 9",
    "frame 21 mfcc 0",
    "frame 21 mfcc 1",
    "frame 21 mfcc 2",
    "frame 21 mfcc 3",
    "frame 21 mfcc 4",
    "frame 21 mfcc 5",
    "frame 21 mfcc 6",
    "frame 21 mfcc 7",
    "frame 21 mfcc 8",
    "frame 21 mfcc 9",
    "frame 22 mfcc 0",
    "frame 22 mfcc 1",
    "frame 22 mfcc 2",
    "frame 22 mfcc 3",
    "frame 22 mfcc 4",
    "frame 22 mfcc 5",
    "frame 22 mfcc 6",
    "frame 22 mfcc 7",
    "frame 22 mfcc 8",
    "frame 22 mfcc 9",
    "frame 23 mfcc 0",
    "frame 23 mfcc 1",
    "frame 23 mfcc 2",
    "frame 23 mfcc 3",
    "frame 23 mfcc 4",
    "frame 23 mfcc 5",
    "frame 23 mfcc 6",
    "frame 23 mfcc 7",
    "frame 23 mfcc 8",
    "frame 23 mfcc 9",
    "frame 24 mfcc 0",
    "frame 24 mfcc 1",
    "frame 24 mfcc 2",
    "frame 24 mfcc 3",
    "frame 24 mfcc 4",
    "frame 24 mfcc 5",
    "frame 24 mfcc 6",
    "frame 24 mfcc 7",
    "frame 24 mfcc 8",
    "frame 24 mfcc 9",
    "frame 25 mfcc 0",
    "frame 25 mfcc 1",
    "frame 25 mfcc 2",
    "frame 25 mfcc 3",
    "frame 25 mfcc 4",
    "frame 25 mfcc 5",
    "frame 25 mfcc 6",
    "frame 25 mfcc 7",
    "frame 25 mfcc 8",
    "frame 25 mfcc 9",
    "frame 26 mfcc 0",
    "frame 26 mfcc 1",
    "frame 26 mfcc 2",
    "frame 26 mfcc 3",
    "frame 26 mfcc 4",
    "frame 26 mfcc 5",
    "frame 26 mfcc 6",
    "frame 26 mfcc 7",
    "frame 26 mfcc 8",
    "frame 26 mfcc 9",
    "frame 27 mfcc 0",
    "frame 27 mfcc 1",
    "frame 27 mfcc 2",
    "frame 27 mfcc 3",
    "frame 27 mfcc 4",
    "frame 27 mfcc 5",
    "frame 27 mfcc 6",
    "frame 27 mfcc 7",
    "frame 27 mfcc 8",
    "frame 27 mfcc 9",
    "frame 28 mfcc 0",
    "frame 28 mfcc 1",
    "frame 28 mfcc 2",
    "frame 28 mfcc 3",
    "frame 28 mfcc 4",
    "frame 28 mfcc 5",
    "frame 28 mfcc 6",
    "frame 28 mfcc 7",
    "frame 28 mfcc 8",
    "frame 28 mfcc 9",
    "frame 29 mfcc 0",
    "frame 29 mfcc 1",
    "frame 29 mfcc 2",
    "frame 29 mfcc 3",
    "frame 29 mfcc 4",
    "frame 29 mfcc 5",
    "frame 29 mfcc 6",
    "frame 29 mfcc 7",
    "frame 29 mfcc 8",
    "frame 29 mfcc 9",
    "frame 30 mfcc 0",
    "frame 30 mfcc 1",
    "frame 30 mfcc 2",
    "frame 30 mfcc 3",
    "frame 30 mfcc 4",
    "frame 30 mfcc 5",
    "frame 30 mfcc 6",
    "frame 30 mfcc 7",
    "frame 30 mfcc 8",
    "frame 30 mfcc 9",
    "frame 31 mfcc 0",
    "frame 31 mfcc 1",
    "frame 31 mfcc 2",
    "frame 31 mfcc 3",
    "frame 31 mfcc 4",
    "frame 31 mfcc 5",
    "frame 31 mfcc 6",
    "frame 31 mfcc 7",
    "frame 31 mfcc 8",
    "frame 31 mfcc 9",
    "frame 32 mfcc 0",
    "frame 32 mfcc 1",
    "frame 32 mfcc 2",
    "frame 32 mfcc 3",
    "frame 32 mfcc 4",
    "frame 32 mfcc 5",
    "frame 32 mfcc 6",
    "frame 32 mfcc 7",
    "frame 32 mfcc 8",
    "frame 32 mfcc 9",
    "frame 33 mfcc 0",
    "frame 33 mfcc 1",
    "frame 33 mfcc 2",
    "frame 33 mfcc 3",
    "frame 33 mfcc 4",
    "frame 33 mfcc 5",
    "frame 33 mfcc 6",
    "frame 33 mfcc 7",
    "frame 33 mfcc 8",
    "frame 33 mfcc 9",
    "frame 34 mfcc 0",
    "frame 34 mfcc 1",
    "frame 34 mfcc 2",
    "frame 34 mfcc 3",
    "frame 34 mfcc 4",
    "frame 34 mfcc 5",
    "frame 34 mfcc 6",
    "frame 34 mfcc 7",
    "frame 34 mfcc 8",
    "frame 34 mfcc 9",
    "frame 35 mfcc 0",
    "frame 35 mfcc 1",
    "frame 35 mfcc 2",
    "frame 35 mfcc 3",
    "frame 35 mfcc 4",
    "frame 35 mfcc 5",
    "frame 35 mfcc 6",
    "frame 35 mfcc 7",
    "frame 35 mfcc 8",
    "frame 35 mfcc 9",
    "frame 36 mfcc 0",
    "frame 36 mfcc 1",
    "frame 36 mfcc 2",
    "frame 36 mfcc 3",
    "frame 36 mfcc 4",
    "frame 36 mfcc 5",
    "frame 36 mfcc 6",
    "frame 36 mfcc 7",
    "frame 36 mfcc 8",
    "frame 36 mfcc 9",
    "frame 37 mfcc 0",
    "frame 37 mfcc 1",
    "frame 37 mfcc 2",
    "frame 37 mfcc 3",
    "frame 37 mfcc 4",
    "frame 37 mfcc 5",
    "frame 37 mfcc 6",
    "frame 37 mfcc 7",
    "frame 37 mfcc 8",
    "frame 37 mfcc 9",
    "frame 38 mfcc 0",
    "frame 38 mfcc 1",
    "frame 38 mfcc 2",
    "frame 38 mfcc 3",
    "frame 38 mfcc 4",
    "frame 38 mfcc 5",
    "frame 38 mfcc 6",
    "frame 38 mfcc 7",
    "frame 38 mfcc 8",
    "frame 38 mfcc 9",
    "frame 39 mfcc 0",
    "frame 39 mfcc 1",
    "frame 39 mfcc 2",
    "frame 39 mfcc 3",
    "frame 39 mfcc 4",
    "frame 39 mfcc 5",
    "frame 39 mfcc 6",
    "frame 39 mfcc 7",
    "frame 39 mfcc 8",
    "frame 39 mfcc 9",
    "frame 40 mfcc 0",
    "frame 40 mfcc 1",
    "frame 40 mfcc 2",
    "frame 40 mfcc 3",
    "frame 40 mfcc 4",
    "frame 40 mfcc 5",
    "frame 40 mfcc 6",
    "frame 40 mfcc 7",
    "frame 40 mfcc 8",
    "frame 40 mfcc 9",
    "frame 41 mfcc 0",
    "frame 41 mfcc 1",
    "frame 41 mfcc 2",
    "frame 41 mfcc 3",
    "frame 41 mfcc 4",
    "frame 41 mfcc 5",
    "frame 41 mfcc 6",
    "frame 41 mfcc 7",
    "frame 41 mfcc 8",
    "frame 41 mfcc 9",
    "frame 42 mfcc 0",
    "frame 42 mfcc 1",
    "frame 42 mfcc 2",
    "frame 42 mfcc 3",
    "frame 42 mfcc 4",
    "frame 42 mfcc 5",
    "frame 42 mfcc 6",
    "frame 42 mfcc 7",
    "frame 42 mfcc 8",
    "frame 42 mfcc 9",
    "frame 43 mfcc 0",
    "frame 43 mfcc 1",
    "frame 43 mfcc 2",
    "frame 43 mfcc 3",
    "frame 43 mfcc 4",
    "frame 43 mfcc 5",
    "frame 43 mfcc 6",
    "frame 43 mfcc 7",
    "frame 43 mfcc 8",
    "frame 43 mfcc 9",
    "frame 44 mfcc 0",
    "frame 44 mfcc 1",
    "frame 44 mfcc 2",
    "frame 44 mfcc 3",
    "frame 44 mfcc 4",
    "frame 44 mfcc 5",
    "frame 44 mfcc 6",
    "frame 44 mfcc 7",
    "frame 44 mfcc 8",
    "frame 44 mfcc 9",
    "frame 45 mfcc 0",
    "frame 45 mfcc 1",
    "frame 45 mfcc 2",
    "frame 45 mfcc 3",
    "frame 45 mfcc 4",
    "frame 45 mfcc 5",
    "frame 45 mfcc 6",
    "frame 45 mfcc 7",
    "frame 45 mfcc 8",
    "frame 45 mfcc 9",
    "frame 46 mfcc 0",
    "frame 46 mfcc 1",
    "frame 46 mfcc 2",
    "frame 46 mfcc 3",
    "frame 46 mfcc 4",
    "frame 46 mfcc 5",
    "frame 46 mfcc 6",
    "frame 46 mfcc 7",
    "frame 46 mfcc 8",
    "frame 46 mfcc 9",
    "frame 47 mfcc 0",
    "frame 47 mfcc 1",
    "frame 47 mfcc 2",
    "frame 47 mfcc 3",
    "frame 47 mfcc 4",
    "frame 47 mfcc 5",
    "frame 47 mfcc 6",
    "frame 47 mfcc 7",
    "frame 47 mfcc 8",
    "frame 47 mfcc 9",
    "frame 48 mfcc 0",
    "frame 48 mfcc 1",
    "frame 48 mfcc 2",
    "frame 48 mfcc 3",
    "frame 48 mfcc 4",
    "frame 48 mfcc 5",
    "frame 48 mfcc 6",
    "frame 48 mfcc 7",
    "frame 48 mfcc 8",
    "frame 48 mfcc 9",
    "frame 49 mfcc 0",
    "frame 49 mfcc 1",
    "frame 49 mfcc 2",
    "frame 49 mfcc 3",
    "frame 49 mfcc 4",
    "frame 49 mfcc 5",
    "frame 49 mfcc 6",
    "frame 49 mfcc 7",
    "frame 49 mfcc 8",
    "frame 49 mfcc 9",
];

/// One a feature, or one for all.
static RULES: [Rule; 490] = [
    Rule { places: 0, centre: 6026, mul: 1168963158, shift: 34 },
    Rule { places: 0, centre: -168, mul: 1929244588, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1805175119, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1111006312, shift: 30 },
    Rule { places: 0, centre: -1, mul: 1241883095, shift: 30 },
    Rule { places: 0, centre: -8, mul: 1179346103, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1236280602, shift: 30 },
    Rule { places: 0, centre: -5, mul: 1211214202, shift: 30 },
    Rule { places: 0, centre: -3, mul: 1163146174, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1082160599, shift: 30 },
    Rule { places: 0, centre: 6031, mul: 1155559657, shift: 34 },
    Rule { places: 0, centre: -171, mul: 1563921468, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1691056478, shift: 31 },
    Rule { places: 0, centre: -20, mul: 1143691748, shift: 30 },
    Rule { places: 0, centre: -1, mul: 1202965485, shift: 30 },
    Rule { places: 0, centre: -6, mul: 1098821109, shift: 30 },
    Rule { places: 0, centre: 0, mul: 1298025186, shift: 30 },
    Rule { places: 0, centre: -3, mul: 1200773541, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1214631141, shift: 30 },
    Rule { places: 0, centre: -6, mul: 1128397615, shift: 30 },
    Rule { places: 0, centre: 6050, mul: 1134855906, shift: 34 },
    Rule { places: 0, centre: -165, mul: 1511352132, shift: 31 },
    Rule { places: 0, centre: 7, mul: 1500702643, shift: 31 },
    Rule { places: 0, centre: -15, mul: 1893200237, shift: 31 },
    Rule { places: 0, centre: 3, mul: 2104001100, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1970018253, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1162981574, shift: 30 },
    Rule { places: 0, centre: -4, mul: 2040187487, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1924618515, shift: 31 },
    Rule { places: 0, centre: -9, mul: 1076346013, shift: 30 },
    Rule { places: 0, centre: 6064, mul: 1132307173, shift: 34 },
    Rule { places: 0, centre: -161, mul: 1238568454, shift: 31 },
    Rule { places: 0, centre: 8, mul: 1436648849, shift: 31 },
    Rule { places: 0, centre: -15, mul: 1714119844, shift: 31 },
    Rule { places: 0, centre: 0, mul: 2010351565, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1980845852, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1376723006, shift: 30 },
    Rule { places: 0, centre: -12, mul: 1968510485, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1092704633, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1099912817, shift: 30 },
    Rule { places: 0, centre: 6086, mul: 1120448853, shift: 34 },
    Rule { places: 0, centre: -157, mul: 1176467110, shift: 31 },
    Rule { places: 0, centre: 12, mul: 1321398891, shift: 31 },
    Rule { places: 0, centre: -15, mul: 1518695245, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1928944634, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1754867082, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1093175692, shift: 30 },
    Rule { places: 0, centre: -13, mul: 1843752496, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1916808735, shift: 31 },
    Rule { places: 0, centre: -5, mul: 2119195400, shift: 31 },
    Rule { places: 0, centre: 6109, mul: 2100446496, shift: 35 },
    Rule { places: 0, centre: -164, mul: 2043461274, shift: 32 },
    Rule { places: 0, centre: 10, mul: 1269679349, shift: 31 },
    Rule { places: 0, centre: -10, mul: 1574030806, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1916902560, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1872114417, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1825286119, shift: 31 },
    Rule { places: 0, centre: -9, mul: 1898054628, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1803266199, shift: 31 },
    Rule { places: 0, centre: -5, mul: 2087972288, shift: 31 },
    Rule { places: 0, centre: 6134, mul: 2044785651, shift: 35 },
    Rule { places: 0, centre: -151, mul: 1889717632, shift: 32 },
    Rule { places: 0, centre: 10, mul: 1368241883, shift: 31 },
    Rule { places: 0, centre: -13, mul: 1463403576, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1789848079, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1777001110, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1627382210, shift: 31 },
    Rule { places: 0, centre: -11, mul: 1691354333, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1747849390, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1866162084, shift: 31 },
    Rule { places: 0, centre: 6169, mul: 1992593037, shift: 35 },
    Rule { places: 0, centre: -145, mul: 1711148044, shift: 32 },
    Rule { places: 0, centre: 12, mul: 1173422950, shift: 31 },
    Rule { places: 0, centre: -13, mul: 1177402433, shift: 31 },
    Rule { places: 0, centre: -9, mul: 1441556901, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1587966358, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1587219221, shift: 31 },
    Rule { places: 0, centre: -23, mul: 1475256990, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1529892500, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1844722199, shift: 31 },
    Rule { places: 0, centre: 6200, mul: 1983897735, shift: 35 },
    Rule { places: 0, centre: -143, mul: 1493132729, shift: 32 },
    Rule { places: 0, centre: 19, mul: 1142226319, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1166307505, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1307025926, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1483592110, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1355535806, shift: 31 },
    Rule { places: 0, centre: -19, mul: 1303758286, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1482388855, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1621471439, shift: 31 },
    Rule { places: 0, centre: 6226, mul: 1891981029, shift: 35 },
    Rule { places: 0, centre: -127, mul: 1303080212, shift: 32 },
    Rule { places: 0, centre: 19, mul: 1926900744, shift: 32 },
    Rule { places: 0, centre: -6, mul: 1074289944, shift: 31 },
    Rule { places: 0, centre: -10, mul: 1130778935, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1396867385, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1306185509, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1347780656, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1523332372, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1683019250, shift: 31 },
    Rule { places: 0, centre: 6258, mul: 1854683789, shift: 35 },
    Rule { places: 0, centre: -107, mul: 1992297576, shift: 33 },
    Rule { places: 0, centre: 26, mul: 1825291667, shift: 32 },
    Rule { places: 0, centre: -1, mul: 1966442036, shift: 32 },
    Rule { places: 0, centre: -15, mul: 1116190169, shift: 31 },
    Rule { places: 0, centre: -11, mul: 1199808405, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1100401674, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1383319392, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1284722433, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1630583408, shift: 31 },
    Rule { places: 0, centre: 6297, mul: 1781404572, shift: 35 },
    Rule { places: 0, centre: -50, mul: 1232395011, shift: 33 },
    Rule { places: 0, centre: 36, mul: 1714667393, shift: 32 },
    Rule { places: 0, centre: 5, mul: 1715305118, shift: 32 },
    Rule { places: 0, centre: -18, mul: 2094750113, shift: 32 },
    Rule { places: 0, centre: -16, mul: 2123071112, shift: 32 },
    Rule { places: 0, centre: -1, mul: 1116007892, shift: 31 },
    Rule { places: 0, centre: -18, mul: 1176169079, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1246585943, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1559720592, shift: 31 },
    Rule { places: 0, centre: 6337, mul: 1747180886, shift: 35 },
    Rule { places: 0, centre: -36, mul: 1158440277, shift: 33 },
    Rule { places: 0, centre: 32, mul: 1768432761, shift: 32 },
    Rule { places: 0, centre: 5, mul: 1729745033, shift: 32 },
    Rule { places: 0, centre: -15, mul: 1145841560, shift: 31 },
    Rule { places: 0, centre: -19, mul: 1079983853, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1925795392, shift: 32 },
    Rule { places: 0, centre: -19, mul: 1321728527, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1248603618, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1323649892, shift: 31 },
    Rule { places: 0, centre: 6350, mul: 1718872561, shift: 35 },
    Rule { places: 0, centre: -32, mul: 1134705434, shift: 33 },
    Rule { places: 0, centre: 34, mul: 1692328017, shift: 32 },
    Rule { places: 0, centre: 8, mul: 1672325611, shift: 32 },
    Rule { places: 0, centre: -24, mul: 1657224222, shift: 32 },
    Rule { places: 0, centre: -23, mul: 1951322915, shift: 32 },
    Rule { places: 0, centre: -5, mul: 2066747860, shift: 32 },
    Rule { places: 0, centre: -23, mul: 1162756978, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1387813650, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1341855437, shift: 31 },
    Rule { places: 0, centre: 6370, mul: 1729359623, shift: 35 },
    Rule { places: 0, centre: -20, mul: 1099653447, shift: 33 },
    Rule { places: 0, centre: 32, mul: 1805809911, shift: 32 },
    Rule { places: 0, centre: 5, mul: 1802489260, shift: 32 },
    Rule { places: 0, centre: -26, mul: 1652941564, shift: 32 },
    Rule { places: 0, centre: -28, mul: 1959214621, shift: 32 },
    Rule { places: 0, centre: -8, mul: 1871358677, shift: 32 },
    Rule { places: 0, centre: -19, mul: 1162794204, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1283901294, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1426789475, shift: 31 },
    Rule { places: 0, centre: 6387, mul: 1731561559, shift: 35 },
    Rule { places: 0, centre: -14, mul: 1084357167, shift: 33 },
    Rule { places: 0, centre: 35, mul: 1626169072, shift: 32 },
    Rule { places: 0, centre: 10, mul: 1631527961, shift: 32 },
    Rule { places: 0, centre: -23, mul: 1641110270, shift: 32 },
    Rule { places: 0, centre: -26, mul: 1847983155, shift: 32 },
    Rule { places: 0, centre: -4, mul: 2020595226, shift: 32 },
    Rule { places: 0, centre: -15, mul: 1211608159, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1203522923, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1388770566, shift: 31 },
    Rule { places: 0, centre: 6408, mul: 1780717904, shift: 35 },
    Rule { places: 0, centre: -5, mul: 2141894011, shift: 34 },
    Rule { places: 0, centre: 43, mul: 1570770889, shift: 32 },
    Rule { places: 0, centre: 11, mul: 1725523379, shift: 32 },
    Rule { places: 0, centre: -29, mul: 1643835180, shift: 32 },
    Rule { places: 0, centre: -30, mul: 1645341679, shift: 32 },
    Rule { places: 0, centre: -10, mul: 1899456358, shift: 32 },
    Rule { places: 0, centre: -20, mul: 1220736483, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1266614082, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1397217549, shift: 31 },
    Rule { places: 0, centre: 6420, mul: 1797520089, shift: 35 },
    Rule { places: 0, centre: 1, mul: 2134942660, shift: 34 },
    Rule { places: 0, centre: 46, mul: 1547841234, shift: 32 },
    Rule { places: 0, centre: 13, mul: 1497929895, shift: 32 },
    Rule { places: 0, centre: -33, mul: 1354712550, shift: 32 },
    Rule { places: 0, centre: -20, mul: 1730639726, shift: 32 },
    Rule { places: 0, centre: -1, mul: 1824764724, shift: 32 },
    Rule { places: 0, centre: -19, mul: 1183019955, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1176027184, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1330043652, shift: 31 },
    Rule { places: 0, centre: 6426, mul: 1807271238, shift: 35 },
    Rule { places: 0, centre: 20, mul: 1084339087, shift: 33 },
    Rule { places: 0, centre: 56, mul: 1476617638, shift: 32 },
    Rule { places: 0, centre: 16, mul: 1491460638, shift: 32 },
    Rule { places: 0, centre: -36, mul: 1297940828, shift: 32 },
    Rule { places: 0, centre: -16, mul: 1699373122, shift: 32 },
    Rule { places: 0, centre: 0, mul: 1793321842, shift: 32 },
    Rule { places: 0, centre: -25, mul: 1112444611, shift: 31 },
    Rule { places: 0, centre: -13, mul: 1166980539, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1286033962, shift: 31 },
    Rule { places: 0, centre: 6436, mul: 1778904818, shift: 35 },
    Rule { places: 0, centre: 25, mul: 1089503741, shift: 33 },
    Rule { places: 0, centre: 53, mul: 1514277937, shift: 32 },
    Rule { places: 0, centre: 17, mul: 1516370914, shift: 32 },
    Rule { places: 0, centre: -37, mul: 1220576022, shift: 32 },
    Rule { places: 0, centre: -14, mul: 1724863171, shift: 32 },
    Rule { places: 0, centre: 0, mul: 2020263477, shift: 32 },
    Rule { places: 0, centre: -28, mul: 2049682657, shift: 32 },
    Rule { places: 0, centre: -9, mul: 1174937694, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1263997300, shift: 31 },
    Rule { places: 0, centre: 6448, mul: 1808352686, shift: 35 },
    Rule { places: 0, centre: 26, mul: 1077358058, shift: 33 },
    Rule { places: 0, centre: 56, mul: 1513945531, shift: 32 },
    Rule { places: 0, centre: 15, mul: 1351582812, shift: 32 },
    Rule { places: 0, centre: -42, mul: 1252675698, shift: 32 },
    Rule { places: 0, centre: -14, mul: 1629258214, shift: 32 },
    Rule { places: 0, centre: -1, mul: 1791531606, shift: 32 },
    Rule { places: 0, centre: -30, mul: 2015476615, shift: 32 },
    Rule { places: 0, centre: -11, mul: 1149277651, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1309141032, shift: 31 },
    Rule { places: 0, centre: 6452, mul: 1819600281, shift: 35 },
    Rule { places: 0, centre: 24, mul: 2127975324, shift: 34 },
    Rule { places: 0, centre: 52, mul: 1498809275, shift: 32 },
    Rule { places: 0, centre: 15, mul: 1455983813, shift: 32 },
    Rule { places: 0, centre: -45, mul: 1215151739, shift: 32 },
    Rule { places: 0, centre: -18, mul: 1711139917, shift: 32 },
    Rule { places: 0, centre: 5, mul: 1914335489, shift: 32 },
    Rule { places: 0, centre: -24, mul: 2017094256, shift: 32 },
    Rule { places: 0, centre: -8, mul: 1108117393, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1321746759, shift: 31 },
    Rule { places: 0, centre: 6464, mul: 1776057809, shift: 35 },
    Rule { places: 0, centre: 28, mul: 2109392609, shift: 34 },
    Rule { places: 0, centre: 51, mul: 1520555534, shift: 32 },
    Rule { places: 0, centre: 10, mul: 1480877303, shift: 32 },
    Rule { places: 0, centre: -48, mul: 1163855565, shift: 32 },
    Rule { places: 0, centre: -21, mul: 1591973403, shift: 32 },
    Rule { places: 0, centre: 3, mul: 1690495663, shift: 32 },
    Rule { places: 0, centre: -24, mul: 2052090378, shift: 32 },
    Rule { places: 0, centre: -8, mul: 1095202477, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1348012217, shift: 31 },
    Rule { places: 0, centre: 6449, mul: 1749319149, shift: 35 },
    Rule { places: 0, centre: 18, mul: 2125970528, shift: 34 },
    Rule { places: 0, centre: 47, mul: 1506773179, shift: 32 },
    Rule { places: 0, centre: 17, mul: 1381518046, shift: 32 },
    Rule { places: 0, centre: -50, mul: 1169151801, shift: 32 },
    Rule { places: 0, centre: -29, mul: 1787171786, shift: 32 },
    Rule { places: 0, centre: -7, mul: 1726044832, shift: 32 },
    Rule { places: 0, centre: -26, mul: 2015301195, shift: 32 },
    Rule { places: 0, centre: -5, mul: 1144907664, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1408643984, shift: 31 },
    Rule { places: 0, centre: 6439, mul: 1716869029, shift: 35 },
    Rule { places: 0, centre: 12, mul: 1086811639, shift: 33 },
    Rule { places: 0, centre: 47, mul: 1567087004, shift: 32 },
    Rule { places: 0, centre: 15, mul: 1557367368, shift: 32 },
    Rule { places: 0, centre: -47, mul: 1188363093, shift: 32 },
    Rule { places: 0, centre: -31, mul: 1796034506, shift: 32 },
    Rule { places: 0, centre: -7, mul: 1779333764, shift: 32 },
    Rule { places: 0, centre: -22, mul: 2067440462, shift: 32 },
    Rule { places: 0, centre: -2, mul: 1158262931, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1358185644, shift: 31 },
    Rule { places: 0, centre: 6425, mul: 1660998714, shift: 35 },
    Rule { places: 0, centre: 2, mul: 1087684782, shift: 33 },
    Rule { places: 0, centre: 43, mul: 1584842306, shift: 32 },
    Rule { places: 0, centre: 11, mul: 1495586690, shift: 32 },
    Rule { places: 0, centre: -47, mul: 1374344028, shift: 32 },
    Rule { places: 0, centre: -32, mul: 1994244617, shift: 32 },
    Rule { places: 0, centre: -5, mul: 1846795675, shift: 32 },
    Rule { places: 0, centre: -17, mul: 1133343138, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1155811143, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1423137465, shift: 31 },
    Rule { places: 0, centre: 6450, mul: 1764198200, shift: 35 },
    Rule { places: 0, centre: 13, mul: 1104783015, shift: 33 },
    Rule { places: 0, centre: 45, mul: 1525415336, shift: 32 },
    Rule { places: 0, centre: 18, mul: 1494492345, shift: 32 },
    Rule { places: 0, centre: -40, mul: 1278772164, shift: 32 },
    Rule { places: 0, centre: -32, mul: 2066568619, shift: 32 },
    Rule { places: 0, centre: -9, mul: 1829332042, shift: 32 },
    Rule { places: 0, centre: -21, mul: 1114605332, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1179662123, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1358080795, shift: 31 },
    Rule { places: 0, centre: 6448, mul: 1772409991, shift: 35 },
    Rule { places: 0, centre: 18, mul: 1095080775, shift: 33 },
    Rule { places: 0, centre: 48, mul: 1539613752, shift: 32 },
    Rule { places: 0, centre: 26, mul: 1419216695, shift: 32 },
    Rule { places: 0, centre: -38, mul: 1324274584, shift: 32 },
    Rule { places: 0, centre: -33, mul: 1721672031, shift: 32 },
    Rule { places: 0, centre: -11, mul: 1834296504, shift: 32 },
    Rule { places: 0, centre: -22, mul: 2135675654, shift: 32 },
    Rule { places: 0, centre: 3, mul: 1165623481, shift: 31 },
    Rule { places: 0, centre: 3, mul: 1250195257, shift: 31 },
    Rule { places: 0, centre: 6436, mul: 1790200080, shift: 35 },
    Rule { places: 0, centre: 12, mul: 1110150343, shift: 33 },
    Rule { places: 0, centre: 50, mul: 1552808769, shift: 32 },
    Rule { places: 0, centre: 22, mul: 1318648970, shift: 32 },
    Rule { places: 0, centre: -35, mul: 1505194411, shift: 32 },
    Rule { places: 0, centre: -29, mul: 1828749296, shift: 32 },
    Rule { places: 0, centre: -8, mul: 1742601605, shift: 32 },
    Rule { places: 0, centre: -20, mul: 2038471711, shift: 32 },
    Rule { places: 0, centre: -2, mul: 1157999657, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1452191791, shift: 31 },
    Rule { places: 0, centre: 6421, mul: 1816593053, shift: 35 },
    Rule { places: 0, centre: 8, mul: 1138401692, shift: 33 },
    Rule { places: 0, centre: 46, mul: 1532896601, shift: 32 },
    Rule { places: 0, centre: 19, mul: 1376057955, shift: 32 },
    Rule { places: 0, centre: -33, mul: 1471042523, shift: 32 },
    Rule { places: 0, centre: -25, mul: 1796173112, shift: 32 },
    Rule { places: 0, centre: -9, mul: 2141456961, shift: 32 },
    Rule { places: 0, centre: -21, mul: 1125874293, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1267331219, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1434634737, shift: 31 },
    Rule { places: 0, centre: 6384, mul: 1835036619, shift: 35 },
    Rule { places: 0, centre: -4, mul: 1174516522, shift: 33 },
    Rule { places: 0, centre: 41, mul: 1502913698, shift: 32 },
    Rule { places: 0, centre: 16, mul: 1387325002, shift: 32 },
    Rule { places: 0, centre: -34, mul: 1434424773, shift: 32 },
    Rule { places: 0, centre: -23, mul: 1745375256, shift: 32 },
    Rule { places: 0, centre: -11, mul: 2022994575, shift: 32 },
    Rule { places: 0, centre: -25, mul: 1094655431, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1237073881, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1412573596, shift: 31 },
    Rule { places: 0, centre: 6359, mul: 1830498976, shift: 35 },
    Rule { places: 0, centre: -11, mul: 1190528805, shift: 33 },
    Rule { places: 0, centre: 43, mul: 1565683599, shift: 32 },
    Rule { places: 0, centre: 11, mul: 1531402711, shift: 32 },
    Rule { places: 0, centre: -29, mul: 1604676075, shift: 32 },
    Rule { places: 0, centre: -25, mul: 1858277115, shift: 32 },
    Rule { places: 0, centre: -6, mul: 2074870903, shift: 32 },
    Rule { places: 0, centre: -22, mul: 2123113649, shift: 32 },
    Rule { places: 0, centre: -1, mul: 1279781471, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1556214120, shift: 31 },
    Rule { places: 0, centre: 6375, mul: 1872092238, shift: 35 },
    Rule { places: 0, centre: -12, mul: 1201041011, shift: 33 },
    Rule { places: 0, centre: 48, mul: 1595461892, shift: 32 },
    Rule { places: 0, centre: 15, mul: 1528659700, shift: 32 },
    Rule { places: 0, centre: -27, mul: 1692711252, shift: 32 },
    Rule { places: 0, centre: -23, mul: 1984295455, shift: 32 },
    Rule { places: 0, centre: -13, mul: 2095164284, shift: 32 },
    Rule { places: 0, centre: -25, mul: 1121512270, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1319998027, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1510017877, shift: 31 },
    Rule { places: 0, centre: 6357, mul: 1816054825, shift: 35 },
    Rule { places: 0, centre: -16, mul: 1184280494, shift: 33 },
    Rule { places: 0, centre: 46, mul: 1558984413, shift: 32 },
    Rule { places: 0, centre: 10, mul: 1623750847, shift: 32 },
    Rule { places: 0, centre: -35, mul: 1465247584, shift: 32 },
    Rule { places: 0, centre: -27, mul: 2075776556, shift: 32 },
    Rule { places: 0, centre: -4, mul: 2072297889, shift: 32 },
    Rule { places: 0, centre: -21, mul: 1173888773, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1238194217, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1489613661, shift: 31 },
    Rule { places: 0, centre: 6344, mul: 1770784777, shift: 35 },
    Rule { places: 0, centre: -18, mul: 1186781736, shift: 33 },
    Rule { places: 0, centre: 38, mul: 1686202733, shift: 32 },
    Rule { places: 0, centre: 6, mul: 1698798128, shift: 32 },
    Rule { places: 0, centre: -33, mul: 1396832508, shift: 32 },
    Rule { places: 0, centre: -24, mul: 2017261855, shift: 32 },
    Rule { places: 0, centre: 0, mul: 2134568764, shift: 32 },
    Rule { places: 0, centre: -21, mul: 1160550761, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1290352050, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1421717346, shift: 31 },
    Rule { places: 0, centre: 6338, mul: 1749093166, shift: 35 },
    Rule { places: 0, centre: -20, mul: 1151567777, shift: 33 },
    Rule { places: 0, centre: 38, mul: 1689602367, shift: 32 },
    Rule { places: 0, centre: 4, mul: 1801170036, shift: 32 },
    Rule { places: 0, centre: -36, mul: 1456956714, shift: 32 },
    Rule { places: 0, centre: -32, mul: 1947803240, shift: 32 },
    Rule { places: 0, centre: -5, mul: 1089450172, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1216933532, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1293552008, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1484851169, shift: 31 },
    Rule { places: 0, centre: 6303, mul: 1756481392, shift: 35 },
    Rule { places: 0, centre: -32, mul: 1175898601, shift: 33 },
    Rule { places: 0, centre: 34, mul: 1760737585, shift: 32 },
    Rule { places: 0, centre: 1, mul: 2078172645, shift: 32 },
    Rule { places: 0, centre: -30, mul: 1681368297, shift: 32 },
    Rule { places: 0, centre: -31, mul: 2031345962, shift: 32 },
    Rule { places: 0, centre: -1, mul: 2100176030, shift: 32 },
    Rule { places: 0, centre: -11, mul: 1327280553, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1374973210, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1573330250, shift: 31 },
    Rule { places: 0, centre: 6274, mul: 1785458436, shift: 35 },
    Rule { places: 0, centre: -49, mul: 1290207141, shift: 33 },
    Rule { places: 0, centre: 31, mul: 1855617193, shift: 32 },
    Rule { places: 0, centre: -2, mul: 2054896076, shift: 32 },
    Rule { places: 0, centre: -27, mul: 1839939105, shift: 32 },
    Rule { places: 0, centre: -31, mul: 2138575602, shift: 32 },
    Rule { places: 0, centre: -3, mul: 1167727315, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1509729849, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1464774832, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1567539179, shift: 31 },
    Rule { places: 0, centre: 6238, mul: 1812387350, shift: 35 },
    Rule { places: 0, centre: -107, mul: 2108811334, shift: 33 },
    Rule { places: 0, centre: 27, mul: 1879832631, shift: 32 },
    Rule { places: 0, centre: -7, mul: 1169845443, shift: 31 },
    Rule { places: 0, centre: -21, mul: 2109935158, shift: 32 },
    Rule { places: 0, centre: -31, mul: 1175715870, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1184261186, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1520927317, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1513592668, shift: 31 },
    Rule { places: 0, centre: 1, mul: 1686991639, shift: 31 },
    Rule { places: 0, centre: 6211, mul: 1893913093, shift: 35 },
    Rule { places: 0, centre: -121, mul: 1278785236, shift: 32 },
    Rule { places: 0, centre: 21, mul: 1087760311, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1157271512, shift: 31 },
    Rule { places: 0, centre: -19, mul: 1217554355, shift: 31 },
    Rule { places: 0, centre: -28, mul: 1226597088, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1308959914, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1624112727, shift: 31 },
    Rule { places: 0, centre: 2, mul: 1644259795, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1739725524, shift: 31 },
    Rule { places: 0, centre: 6174, mul: 1947217774, shift: 35 },
    Rule { places: 0, centre: -130, mul: 1566518747, shift: 32 },
    Rule { places: 0, centre: 23, mul: 2134836903, shift: 32 },
    Rule { places: 0, centre: -9, mul: 1195983969, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1267013540, shift: 31 },
    Rule { places: 0, centre: -23, mul: 1388397229, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1639647323, shift: 31 },
    Rule { places: 0, centre: -8, mul: 1858945206, shift: 31 },
    Rule { places: 0, centre: -1, mul: 1629967292, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1574372512, shift: 31 },
    Rule { places: 0, centre: 6153, mul: 2111006561, shift: 35 },
    Rule { places: 0, centre: -127, mul: 1493304031, shift: 32 },
    Rule { places: 0, centre: 21, mul: 1093384563, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1278875111, shift: 31 },
    Rule { places: 0, centre: -11, mul: 1473029657, shift: 31 },
    Rule { places: 0, centre: -21, mul: 1559840520, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1578373390, shift: 31 },
    Rule { places: 0, centre: -9, mul: 2073615105, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1893136571, shift: 31 },
    Rule { places: 0, centre: -4, mul: 1854086259, shift: 31 },
    Rule { places: 0, centre: 6101, mul: 2133632321, shift: 35 },
    Rule { places: 0, centre: -150, mul: 1898202228, shift: 32 },
    Rule { places: 0, centre: 12, mul: 1227111780, shift: 31 },
    Rule { places: 0, centre: -12, mul: 1456256876, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1643745484, shift: 31 },
    Rule { places: 0, centre: -16, mul: 1806740829, shift: 31 },
    Rule { places: 0, centre: -2, mul: 1909937276, shift: 31 },
    Rule { places: 0, centre: -6, mul: 1824549596, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1980340657, shift: 31 },
    Rule { places: 0, centre: -7, mul: 2033123183, shift: 31 },
    Rule { places: 0, centre: 6087, mul: 1111945409, shift: 34 },
    Rule { places: 0, centre: -154, mul: 1141638825, shift: 31 },
    Rule { places: 0, centre: 11, mul: 1375945704, shift: 31 },
    Rule { places: 0, centre: -14, mul: 1652702569, shift: 31 },
    Rule { places: 0, centre: -10, mul: 1599494121, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1974784023, shift: 31 },
    Rule { places: 0, centre: -7, mul: 2111689233, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1099723733, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1090016034, shift: 30 },
    Rule { places: 0, centre: -4, mul: 2146115432, shift: 31 },
    Rule { places: 0, centre: 6072, mul: 1136414260, shift: 34 },
    Rule { places: 0, centre: -156, mul: 1460679649, shift: 31 },
    Rule { places: 0, centre: 11, mul: 1458181575, shift: 31 },
    Rule { places: 0, centre: -13, mul: 1728819077, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1600341001, shift: 31 },
    Rule { places: 0, centre: -12, mul: 1967913528, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1151320488, shift: 30 },
    Rule { places: 0, centre: -5, mul: 1123226067, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1154065451, shift: 30 },
    Rule { places: 0, centre: -7, mul: 1155218189, shift: 30 },
    Rule { places: 0, centre: 6054, mul: 1123087555, shift: 34 },
    Rule { places: 0, centre: -160, mul: 1430338522, shift: 31 },
    Rule { places: 0, centre: 6, mul: 1620953196, shift: 31 },
    Rule { places: 0, centre: -16, mul: 1885679963, shift: 31 },
    Rule { places: 0, centre: -5, mul: 1769390526, shift: 31 },
    Rule { places: 0, centre: -11, mul: 1975238737, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1130774109, shift: 30 },
    Rule { places: 0, centre: -8, mul: 1123946488, shift: 30 },
    Rule { places: 0, centre: -3, mul: 1201210393, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1214740565, shift: 30 },
    Rule { places: 0, centre: 6049, mul: 1147978840, shift: 34 },
    Rule { places: 0, centre: -165, mul: 1618202381, shift: 31 },
    Rule { places: 0, centre: 3, mul: 1696512583, shift: 31 },
    Rule { places: 0, centre: -17, mul: 1096780388, shift: 30 },
    Rule { places: 0, centre: -6, mul: 1081093448, shift: 30 },
    Rule { places: 0, centre: -10, mul: 1100361076, shift: 30 },
    Rule { places: 0, centre: -1, mul: 2132489177, shift: 31 },
    Rule { places: 0, centre: -7, mul: 1185504089, shift: 30 },
    Rule { places: 0, centre: -2, mul: 1133546814, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1170095587, shift: 30 },
    Rule { places: 0, centre: 6026, mul: 1138637129, shift: 34 },
    Rule { places: 0, centre: -168, mul: 1988665554, shift: 31 },
    Rule { places: 0, centre: 0, mul: 1897344546, shift: 31 },
    Rule { places: 0, centre: -21, mul: 2140268293, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1077997988, shift: 30 },
    Rule { places: 0, centre: -11, mul: 1085697610, shift: 30 },
    Rule { places: 0, centre: -6, mul: 1197857609, shift: 30 },
    Rule { places: 0, centre: -6, mul: 1255700402, shift: 30 },
    Rule { places: 0, centre: -3, mul: 1226464475, shift: 30 },
    Rule { places: 0, centre: -1, mul: 1261935974, shift: 30 },
    Rule { places: 0, centre: 6016, mul: 1143579031, shift: 34 },
    Rule { places: 0, centre: -174, mul: 2007003580, shift: 31 },
    Rule { places: 0, centre: -3, mul: 1093108828, shift: 30 },
    Rule { places: 0, centre: -21, mul: 1223433892, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1120713804, shift: 30 },
    Rule { places: 0, centre: -9, mul: 1255551970, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1126455249, shift: 30 },
    Rule { places: 0, centre: -7, mul: 1272908059, shift: 30 },
    Rule { places: 0, centre: -3, mul: 1194476600, shift: 30 },
    Rule { places: 0, centre: -4, mul: 1193949665, shift: 30 },
];

/// The names of the classes; "" for an output that is no class.
pub static CLASS_NAMES: [&str; OUTPUTS] = [
    "go",
    "left",
    "none",
    "right",
    "stop",
];

/// How a raw value in units of 10^-places becomes a feature, or a target.
struct Rule {
    places: i8,
    centre: i32,
    mul: i32,
    shift: u8,
}

/// The rule of a feature, of rules that are one a feature or one for all.
fn rule_of(feature: usize) -> Option<&'static Rule> {
    RULES.get(if RULES.len() == 1 { 0 } else { feature })
}

/// A raw value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The value in its unit.
    pub value: i32,
    /// Whether the number lies beyond 32 bits, so that the value is the end of their range.
    pub saturated: bool,
}

/// Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as the raw value of a channel: in the unit
/// above, rounded once, to the nearest and halves away from zero. `None` of any other text, and for a channel that is
/// none.
fn number(channel: usize, text: &[u8]) -> Option<Raw> {
    let places = CHANNEL_PLACES.get(channel).copied()?;
    let (negative, text) = signed(text);
    let (whole, text) = digits(text);
    let has_point = text.first() == Some(&b'.');
    let (fraction, text) = match text.split_first() {
        Some((b'.', text)) => digits(text),
        _ => (&[][..], text),
    };
    if whole.is_empty() || (has_point && fraction.is_empty()) {
        return None;
    }
    let exponent = match text.split_first() {
        None => 0,
        Some((b'e' | b'E', text)) => exponent(text)?,
        Some(_) => return None,
    };
    // So many digits, from the first on, stand before the point of the number in its unit.
    let mut left = whole.len() as i64 + exponent + i64::from(places);
    let mut rest = whole.iter().chain(fraction).map(|&digit| u64::from(digit - b'0'));
    let (mut units, mut overflows) = (0u64, false);
    let mut next = rest.next();
    while left > 0 {
        let Some(digit) = next else { break };
        units = units * 10 + digit;
        if units > u64::from(u32::MAX) {
            (units, overflows) = (u64::from(u32::MAX), true);
        }
        left -= 1;
        next = rest.next();
    }
    if left > 9 {
        overflows |= units > 0;
    } else if left > 0 {
        // There are no more digits.
        (0..left).for_each(|_| units *= 10);
    } else if left == 0 && next.is_some_and(|digit| digit >= 5) {
        // The digit behind the point decides alone: halves are rounded away from zero.
        units += 1;
    }
    let most = u64::from(i32::MAX.unsigned_abs()) + u64::from(negative);
    let saturated = overflows || units > most;
    let units = if saturated { most } else { units } as i64;
    Some(Raw { value: if negative { -units } else { units } as i32, saturated })
}

/// A sign, and the text behind it.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', text)) => (true, text),
        Some((b'+', text)) => (false, text),
        _ => (false, text),
    }
}

/// The number behind an `e`. Greater exponents than 2^40 are not told apart: no text in memory has as many digits.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = signed(text);
    let (digits, rest) = digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let more = |value: i64, &digit: &u8| (value * 10 + i64::from(digit - b'0')).min(1 << 40);
    let value = digits.iter().fold(0, more);
    Some(if negative { -value } else { value })
}

/// The digits at the beginning of a text, and the text behind them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The feature, in -127..=127, for a raw value; 0 for a feature that is none.
pub fn feature(feature: usize, raw: i32) -> i8 {
    let Some(rule) = rule_of(feature) else { return 0 };
    let difference = i64::from(raw) - i64::from(rule.centre);
    let difference = difference.clamp(i32::MIN.into(), i32::MAX.into());
    // The shift rounds down.
    clip((difference * i64::from(rule.mul) + (1 << (rule.shift - 1))) >> rule.shift)
}

/// All features of a row.
pub fn features(raw: &[i32; INPUTS]) -> [i8; INPUTS] {
    core::array::from_fn(|i| feature(i, raw[i]))
}

/// The class of a row of raw values: the place of its greatest output, or of the first of several.
pub fn predict(raw: &[i32; INPUTS]) -> usize {
    argmax(&infer(&features(raw)))
}

/// The samples so far, and what is computed of them. It keeps 4944 bytes where an address has 32 bits.
pub struct Signal {
    extractor: signal::Extractor,
    ring: [i16; RING],
    frames: [i16; FRAMES],
    scratch: [i16; SCRATCH],
    filters: [signal::BiquadState; STATES],
    raw: [i32; INPUTS],
}

impl Signal {
    /// The signal before its first sample.
    pub const fn new() -> Self {
        Signal {
            extractor: signal::Extractor::new(&PLAN),
            ring: [0; RING],
            frames: [0; FRAMES],
            scratch: [0; SCRATCH],
            filters: [signal::BiquadState::NEW; STATES],
            raw: [0; INPUTS],
        }
    }

    /// Takes the samples of all channels at one moment, each in -32767..=32767, and returns the outputs of the model
    /// where a window is complete. The first window is complete after `WINDOW` samples, each further one after `HOP`
    /// more.
    pub fn push(&mut self, samples: &[i16; CHANNELS]) -> Option<[i8; OUTPUTS]> {
        self.take(samples).then(|| infer(&features(&self.raw)))
    }

    /// The raw values of the last window; 0 before the first one.
    pub fn raw(&self) -> &[i32; INPUTS] {
        &self.raw
    }

    /// Begins a recording: what came before counts no more.
    pub fn restart(&mut self) {
        let Signal { extractor, ring, frames, scratch, filters, .. } = self;
        extractor.restart(&PLAN, &mut signal::Memory { ring, frames, scratch, filters });
    }

    /// Takes samples, and computes the raw values of a window that is complete.
    fn take(&mut self, samples: &[i16; CHANNELS]) -> bool {
        let Signal { extractor, ring, frames, scratch, filters, raw } = self;
        if !extractor.push(&PLAN, &mut signal::Memory { ring, frames, scratch, filters }, samples, raw) {
            return false;
        }
        // A feature of a window is a whole number; its rule may take a finer unit.
        for (feature, value) in raw.iter_mut().enumerate() {
            let places = rule_of(feature).map_or(0, |rule| rule.places);
            *value = (0..places).fold(*value, |value, _| value.saturating_mul(10));
        }
        true
    }
}

impl Default for Signal {
    fn default() -> Self {
        Signal::new()
    }
}

/// Reads the text of a decimal number, such as -12.5 or 3e-2, without spaces, as a sample of a channel: in the unit of
/// the channel, rounded once, to the nearest and halves away from zero, and beyond -32767..=32767 the end of that range.
/// `None` of any other text, and for a channel that is none.
pub fn sample(channel: usize, text: &[u8]) -> Option<i16> {
    Some(number(channel, text)?.value.clamp(-32767, 32767) as i16)
}

pub use signal::Smoothing;

/// What the answers about windows that follow one another come to.
pub type Decision = signal::Decision<[i32; OUTPUTS]>;

static LAYERS: [Layer; 2] = [
    Layer { weights: &WEIGHTS_0, bias: &BIAS_0, inputs: 490, divisor: 352, relu: true },
    Layer { weights: &WEIGHTS_1, bias: &BIAS_1, inputs: 16, divisor: 64, relu: false },
];

static WEIGHTS_0: [i8; 7840] = [
    32, 27, 24, 19, -9, -4, 6, 1, 27, 5, 9, -4, 1, 13, -10, -28, -36, 3, 5, 4, -12, -2, -22, -3, -21, 14,
    -13, -9, -14, -13, -4, -24, -16, 2, 3, 4, 26, -8, 28, -16, -17, 12, -1, -8, 14, 7, 11, -23, 10, 13, 10,
    1, 16, 29, -1, 4, 10, -14, 6, -6, 32, -1, 6, -8, 6, 0, -8, -10, 19, -16, 8, 18, 27, -3, 6, 10, -30, -16,
    32, 19, -18, 10, -8, 31, 15, -11, 1, 15, -12, 16, 15, 33, 3, 10, -3, 2, -21, 12, 10, 19, 9, 10, 1, 9,
    25, -7, 26, -17, 18, -9, 11, 3, 16, 25, 14, -21, -20, -32, -4, 24, 10, -19, 1, 2, -3, 1, -18, 19, -6, 5,
    14, 30, -14, 26, -10, 23, -30, -7, 22, -3, 19, -4, -1, 3, 22, 37, -3, 9, 12, 40, -12, -10, -30, -4, -9,
    -11, -29, 3, -1, -12, 11, 6, -8, 9, 21, -20, -9, -4, 12, 1, -28, -24, -14, -7, 32, -40, -4, 2, 16, -18,
    -14, 6, -12, -34, -5, 10, -12, 2, 15, 20, 23, -21, -33, 0, 3, 31, -15, -7, 9, 27, 16, -20, 43, 18, -26,
    -10, -19, -3, -7, 21, 1, 7, 16, 28, 42, -16, 19, -16, -13, -10, -16, -7, 13, 7, -4, 5, 2, 4, -1, 2, -2,
    4, 20, -1, 26, 11, 0, -15, 24, 9, -7, -4, -7, 16, -3, 16, -23, -2, -2, 26, -3, 1, 5, -10, 35, 22, -47,
    -5, 13, 12, 12, -12, -18, 35, -2, -23, 0, -4, 5, -25, 8, -7, -12, -9, 5, 5, -13, -19, 17, -14, 5, 5, -3,
    28, 21, -19, -7, 19, 36, 16, 27, 4, -40, 23, 13, -6, -27, 21, 5, 11, 28, 3, -10, 31, 9, 7, -12, 7, -16,
    7, -9, 4, -4, 8, 3, 7, -22, -21, 41, -1, -5, 38, 3, 23, 7, 14, -28, -48, 29, -8, -4, 7, 4, 19, -4, -4,
    -4, -28, 27, -3, -9, 10, 0, 37, 15, 3, -18, 0, -10, 41, 30, -18, -30, -1, -10, 11, -22, 2, 11, 10, -5,
    -18, -26, -10, 6, -14, 2, 24, 15, 14, 15, -6, 1, 29, 35, -10, -33, -5, 22, 23, 4, 1, 19, -14, -2, -4,
    -13, 0, -9, -11, 9, 10, 8, -2, 26, -10, -6, 8, -20, 17, 29, -4, -35, -26, -11, 2, 5, -17, 14, 3, 10, 15,
    -5, 26, 16, 0, -12, 27, 18, -5, 16, -5, 3, 6, 33, -7, 7, 12, -25, 5, 23, -13, 6, 9, -15, -6, -12, 8, -7,
    6, -6, -2, 23, 19, 24, -16, 7, 8, -14, 20, -17, -10, 4, 21, -14, 8, 20, 8, -10, 17, -13, -3, -6, -10,
    -6, -21, -35, 6, -15, 28, -3, -5, -24, 18, 32, -4, -2, 3, 32, 35, -3, 12, -2, -22, -2, 0, 5, 29, -8, 7,
    23, -17, 10, 12, 15, -13, -21, -5, -17, 15, -21, 8, -15, 4, -7, 14, 4, 21, -23, -31, 13, -20, 19, 1, 16,
    -4, -2, 0, 29, 24, 7, 1, 0, -33, 16, 11, 11, -1, -4, -11, 8, -3, 11, -8, -13, 12, 8, 8, 14, 3, 2, -20,
    -17, 12, 15, -17, -8, 20, 25, 5, 14, -8, -37, -10, 12, 28, -11, 10, -4, -15, -25, -24, 15, 9, 10, 24,
    18, -22, 7, -1, -13, -41, -46, -13, 10, 42, -26, -2, 21, -12, -18, -11, -24, -12, -12, -3, 15, -7, -36,
    -9, -16, -27, 13, -21, -11, 13, 12, -2, 15, 7, -25, -3, -14, -12, 2, 11, 15, 6, 7, 27, -21, -23, -5,
    -33, -19, -12, 22, -2, -22, 10, -10, -7, -21, -27, -8, -10, -11, 7, -18, 7, 14, 25, -9, -13, -28, -13,
    9, 6, 25, 14, -22, -4, -23, -29, -21, -4, -34, 25, 22, 8, 24, -12, 2, 4, -31, -9, 10, 12, 15, -3, 12,
    -15, -12, -10, -29, -1, 12, 18, 1, 12, -1, -9, -20, 2, -19, -15, 23, -5, 14, 21, 14, -8, -36, 23, -23,
    -18, 14, 13, -7, 24, -5, -12, 23, -7, -39, -27, 7, 11, -2, 0, -9, -25, 3, -34, -12, -16, 29, 0, -28,
    -12, -12, -1, 2, -37, -8, 4, 17, -14, -4, 13, 9, -8, 14, 6, 4, -5, 23, 22, -19, 42, -9, 2, 3, 20, -3,
    -33, 0, 18, 22, -22, -13, -18, -14, -8, -7, 16, 7, -1, -22, 43, 5, 14, -13, -17, -14, -25, -19, -10, -5,
    17, 28, 23, -2, 9, -30, -32, 9, -6, 17, 20, 19, 1, -16, -5, 10, -23, 2, 0, 1, 13, 2, -10, 0, -32, 5, 5,
    -27, 5, 21, 24, -19, -6, 18, -19, -15, 20, 7, -3, 26, -3, -23, 3, 1, -19, -9, 7, -38, 6, 1, 20, -21, 8,
    -26, 4, 2, 33, -34, -2, 14, 17, 37, 17, -5, -44, -14, -11, -19, -3, -3, 0, -16, -9, 2, -13, -11, 21, 8,
    31, -17, 33, 6, -11, 5, -2, -9, -45, 26, -18, 9, 0, 25, -13, -11, -2, -11, -29, 15, -23, 12, 23, 2, 4,
    -14, -13, 5, -18, -5, 19, 28, 17, 17, 32, 6, -16, -7, 24, -7, 10, -9, 17, 14, 22, -26, 7, 1, -10, 0,
    -21, 2, -4, 6, 34, 7, -25, -53, -6, 26, 2, 11, 20, 9, -14, -7, -23, 20, -18, 1, 25, -2, 12, 3, -20, -24,
    -20, 13, -9, 11, 14, -1, 17, -17, 12, -2, -2, 10, -11, -27, 0, -19, 7, -34, 8, -3, -22, -13, 10, -2,
    -10, 13, 16, 19, -2, -19, -27, -7, 6, -8, 33, 22, -5, 13, -8, -1, 12, -19, -13, 30, -25, 10, 24, 22, 2,
    -31, -4, 19, -15, -5, 3, 43, -5, -18, 16, 23, 4, -7, 16, 2, -1, -2, 25,
    -20, 30, -25, -41, 14, -30, 21, -24, -17, -17, -1, -2, 12, 20, -6, -22, -11, -18, 7, -4, -6, -11, -40,
    -1, -34, -8, -9, -6, -44, -26, 2, 4, -2, 19, -5, 5, 28, 7, 3, -24, -3, 14, 15, -10, 10, -20, -28, -2, 2,
    -20, -9, 16, -6, -9, 12, -15, 10, 28, -24, 3, 1, 1, -3, -19, 9, 12, 3, 3, 10, -50, 14, 3, 19, -2, 17,
    15, 22, 11, -8, -9, -7, -26, 2, 0, -21, -12, -8, 11, -24, 0, -4, 13, 20, -21, 7, 3, 3, -8, -5, -4, 17,
    17, 13, -6, 1, -16, -2, -23, 7, 19, 1, 26, 15, 1, 31, -20, 0, -36, -32, -7, -29, 17, 6, 3, -3, -17, -21,
    -8, -41, -12, -4, 4, -6, 5, 44, -2, 6, -25, 13, 17, -4, -19, 6, -2, 22, 13, 8, -19, -15, -47, -31, -10,
    -7, 6, 10, 5, 36, 18, 12, -24, -10, -1, 27, -32, -3, 22, 23, 0, 6, -48, 8, -10, -6, -32, -9, 2, 19, 1,
    25, -8, 7, -1, 24, -30, -14, 17, 7, 2, -9, -5, 13, 20, -15, -11, 19, 6, 25, -6, -2, 21, -12, -6, -18, 1,
    -8, -12, 11, -30, 4, 27, 7, 8, 5, 10, -18, 30, 15, -30, 30, -9, 9, 2, 32, 19, 31, 9, 23, -2, -11, -7,
    35, 18, -4, 7, 20, 23, 26, 16, -13, -4, -12, -10, -31, -7, 10, -18, -7, 22, 10, 2, 22, -31, 10, -12, 10,
    -22, -16, -23, -1, 19, 7, 21, 25, 37, 2, -31, -13, 4, -37, 19, -3, 22, -19, 13, -5, 30, 16, 0, 0, 0, 3,
    -11, -12, 16, -15, 3, 4, -16, 15, 33, 4, 15, 6, 10, -1, 21, 25, -6, -12, 11, 8, 15, -19, -7, 10, -23,
    -9, -5, 11, -4, 2, 12, -5, 6, 8, 2, -23, 26, -24, -1, -27, 0, -13, 1, -1, -7, 18, -24, 14, 43, 5, 22,
    -33, 16, 13, 26, -16, -3, 14, 6, 13, -2, -1, -3, -9, 4, -41, 6, 34, 9, 8, -20, 9, -17, -6, 7, -8, -4,
    -7, -8, 15, 1, -2, 22, -5, 36, 6, 12, -1, -17, -18, -1, 1, 26, -2, -4, 18, -1, 6, 17, 11, -10, 4, 29, 5,
    -3, -17, -5, -5, 10, -12, -12, -5, 22, -19, -10, 18, -3, 1, -19, -26, -4, -8, -11, -23, 10, -27, 13, 25,
    -19, -5, 6, 26, 8, 18, -5, -12, -22, -31, -17, -1, 20, 12, 47, 19, 1, -13, -7, -9, 29, -8, -7, -10, 16,
    46, 27, 12, 30, 4, 9, -11, 34, -8, -17, -24, 1, -1, 3, 7, -27, 13, -16, -20, 25, 17, -26, 18, -7, -6, 4,
    -30, -19, 4, 13, 40, 2, 9, -27, 8, 31, -15, -9, -23, 14, -15, -5, -16, 1, 5, 22, -3, 17, 12, 9, 15, -4,
    41, -29, -20, 1,
    1, 17, 2, -31, -13, 11, -38, -15, -29, 6, -5, -4, -7, -43, -12, 8, -7, 21, -16, 2, -8, -7, -30, -3, 7,
    -4, 3, 3, 15, -36, -10, -17, 1, -5, -27, -1, -33, -6, 17, -20, -6, 39, 9, 17, -13, -27, 0, 43, 2, -32,
    34, 29, -10, -13, 38, 6, 7, -3, 27, -15, 12, 23, -13, 13, -20, -6, 5, -3, 18, 9, 3, 14, -11, -16, -32,
    3, 20, -24, -13, -13, -8, 2, -13, 10, -25, 31, 4, -13, 10, -18, 0, 33, 9, -39, -12, -12, 12, 15, -12, 9,
    0, 29, 7, 20, -7, 6, 5, 2, -4, -4, 22, 10, 16, -40, -11, 0, 25, -12, -15, -39, -1, 16, -9, 0, -3, -15,
    18, 25, -18, -13, -3, 20, 32, -26, -41, -5, -18, -9, 3, -16, 4, 33, 19, -8, 15, 37, 11, -10, -20, 0, 26,
    25, 35, -24, -38, -14, -2, 22, 10, 8, 6, 2, 11, 34, -3, 1, -3, 29, -13, -3, 9, 13, 5, 15, 21, -5, -15,
    12, -7, -15, -1, -19, -6, 18, 15, -10, 2, -43, -31, -10, 18, -4, -36, -7, -7, 7, 0, 20, -12, -8, -10, 3,
    -11, -25, -16, 7, -16, 4, 10, 19, 28, -19, 12, -17, 7, 17, -15, 8, 6, -34, -8, -6, -23, -19, -9, 16,
    -10, 3, 14, 5, 39, 18, -14, -17, -22, 8, -6, -28, -27, -2, 17, 0, -12, 2, -13, 37, 22, -13, -7, 14, -1,
    -11, -8, 3, 14, 4, 26, -5, -7, -15, -2, 6, 0, 2, -6, 11, 19, -8, -41, -5, -17, 8, -6, 23, -5, -3, 0, -9,
    -19, -3, 6, -11, -9, 9, 16, -31, 11, 8, 4, 17, 14, -17, -8, 9, -3, 33, -6, 18, -11, -4, 14, 4, 16, -12,
    -7, 15, -4, -12, 6, -7, 18, -7, -14, -2, -33, -8, 0, 16, -15, -1, 9, 10, -15, 4, -22, 3, 10, -17, -19,
    26, -4, 27, 5, 10, 19, 17, 15, 12, -34, -18, 1, 9, 17, -7, -40, 7, -1, -29, 12, 17, -2, 15, 5, 1, 9, 10,
    -3, -3, 16, -17, -1, -17, -18, -18, 2, 36, 16, 19, -18, -22, -28, -1, -4, -33, 2, 24, 16, -24, 24, 13,
    -19, -19, 4, 6, 12, 15, 8, 18, 19, 6, 25, 19, -5, -9, -17, 12, -16, -8, 8, -12, -17, 4, 16, 9, -23, 3,
    2, 12, 4, -22, -4, 2, -8, 9, 4, -9, 13, -30, 2, -21, -8, 39, 0, 13, 28, -5, -19, -22, -8, -9, 50, 17,
    23, 18, -8, 14, 19, 16, -14, -11, -16, 1, 16, -1, -27, -19, 5, -14, -21, 10, 14, -14, -6, -1, 4, 4, -15,
    -5, 14, 12, -4, -5, -14, -5, -12, -8, 2, 12, -16, -14, 13, -21, 18, 13, 16, -18, -1, 10, -11, -3, -11,
    7, 4, 5, 25, 6, -32, 15, -25, 33,
    -12, -37, -21, 23, 14, 0, 16, 17, 11, 21, -17, 7, -20, -4, 8, -18, 10, 11, -30, 5, 30, -25, 4, -17, -3,
    -14, 15, 10, 13, 16, -13, 16, -1, -24, -11, 21, 18, 7, 22, -40, 13, 10, 22, -3, 37, -1, 8, 20, 9, 11,
    -10, 7, 11, -41, 33, 38, 3, 5, 6, 35, -9, -20, 28, 3, 21, -29, 6, -10, -13, -15, -15, 6, -4, -9, 10,
    -24, -29, -28, 9, -4, -11, -27, -9, -17, 2, -24, 12, -12, 17, -29, -26, -24, -22, 0, -15, 13, -19, -6,
    3, -2, -16, -20, -22, -24, -9, -18, -14, 10, -1, 15, 0, -54, -20, -14, -19, 14, 5, -9, 8, 20, -9, -17,
    7, -6, 31, 7, 10, 7, 18, -20, -17, -17, -2, 4, 15, 6, -2, 16, 27, 13, -18, 2, -18, -26, 11, -4, -33,
    -16, -3, 2, -1, -18, -17, -4, 33, 15, -6, -7, 20, 5, 0, -35, -8, 26, 10, 23, 6, 5, 2, 29, 0, 8, -10,
    -23, 10, 26, 2, 20, 9, -1, 16, -40, -39, -14, 16, 8, -5, 15, -7, 8, 6, -46, -28, 2, 26, 31, -8, 11, -5,
    13, -15, -19, -24, -23, 23, 6, -13, 7, 13, -3, -2, -11, -18, -34, 20, 22, -14, 23, 5, 16, -7, -4, -26,
    36, 17, -5, 20, -22, 24, -27, -24, -45, -7, -13, 39, 27, 14, -10, -4, 14, -8, -33, -9, -19, -4, -18,
    -23, 7, 39, -3, -38, -26, -21, -8, 27, 21, 30, 11, 27, 30, -12, 2, -5, 1, 21, 35, -9, 15, -18, -9, -7,
    -23, -35, -6, 14, -9, -2, -9, -2, -15, 2, -25, -9, 1, 39, -12, 13, 11, 25, 0, -15, -12, -14, -6, 0, 21,
    -3, 38, 13, -10, -30, -11, -23, 17, 28, -14, -28, -28, 10, 1, -12, -11, -33, 13, -8, 19, 7, 22, 17, -18,
    19, -13, 7, -20, 12, 14, -21, -4, -8, 26, -19, -1, 22, 17, -1, 8, 17, 7, 3, -13, -22, -9, -10, -36, 0,
    13, 4, -25, 32, -11, -26, -9, 3, 17, 18, 17, 11, -9, -15, -14, 21, -31, -24, 28, -13, 15, -7, -3, 44, 7,
    -3, -18, 5, 17, -3, 3, -34, 30, -14, -28, -5, -31, -31, 0, 4, 18, -8, 2, 25, -2, -22, 6, 14, -12, 12,
    -2, 17, -6, 5, 0, -15, -37, 17, 8, -5, 6, 36, -11, -1, -11, -14, -1, -20, 4, 7, 11, 10, -12, 2, -12, 2,
    -15, 35, 1, 8, -9, -7, -12, -4, 4, 40, -2, 16, 25, 2, -1, 12, -7, 41, -25, 1, -13, -4, 7, -8, 20, -10,
    21, -3, -30, 6, -9, 14, 9, -15, 28, -24, -16, -16, 35, 16, 0, 15, 26, 0, -1, 9, 5, 3, 7, 1, -4, 14, 10,
    18, -12, -16, -11, -10, -24, 22, -1, 21, 12, 1, 3, -7, 11, 7, -2,
    -9, 6, -6, 15, 8, -7, -14, 35, 6, 22, 12, 36, -8, 5, 22, -11, -21, -33, -34, 25, -11, 15, 11, 25, 28,
    -20, -12, -11, -15, 4, -1, -2, 27, 24, -9, 3, 14, 23, 33, 4, -11, -12, -19, -3, 8, 30, 10, -38, -20, -9,
    11, -1, 26, 2, -2, -3, 3, -5, 1, -25, -11, 4, 3, 14, 6, -7, -22, -9, 1, 19, 15, -20, 25, 46, -6, -16, 0,
    -17, 4, -15, 15, -42, -1, 23, 7, 11, 0, -17, 30, 9, 4, 1, -5, 11, 1, 7, 18, 6, 10, 9, -12, 9, 21, 3,
    -22, -35, -25, -13, 6, -10, 4, 14, 28, 25, 1, -30, -39, 12, -17, 8, 14, -1, -8, 16, -27, -7, 1, 18, 15,
    -6, 4, 5, 46, -6, 7, -19, -14, 9, 18, 1, 1, 10, 28, -8, 20, -44, 6, -18, 44, 2, -18, 10, -31, -8, -9,
    -2, -9, 6, 10, 3, 5, -17, 3, 15, -20, -4, 22, 20, 0, 10, -11, -1, 21, -4, 13, 17, -31, 11, -17, -10, 32,
    -10, 7, -3, -6, 19, -10, -21, 1, -10, -14, 3, 4, 6, -9, 5, -45, 24, -4, -22, 21, -1, 7, 27, -28, -8,
    -40, 7, 1, 4, -17, 2, -13, -2, 11, 8, -33, 27, -13, 20, -15, 5, 4, 1, -13, -20, 22, 3, -2, -25, 31, -15,
    8, 1, -17, -27, 16, 21, -20, -22, 0, -15, 5, -4, -16, -12, 4, 28, -9, 3, 14, -20, 10, 23, -10, -19, -24,
    14, -8, -3, -5, -4, 14, 11, 17, -9, -21, 3, 37, 15, 6, 5, 38, -1, -7, -18, 8, 11, 21, -2, 19, 33, -2,
    -29, -25, -21, -7, -25, -11, -15, 15, -6, 22, -3, -18, -8, 9, 0, 11, -21, 27, 0, 10, -27, 1, -39, 4, 4,
    13, -1, -12, -11, 4, 14, -40, -7, 10, 11, 5, -39, 10, -16, 18, 5, 7, -35, -15, 31, -18, 4, 8, -2, 16,
    -3, -18, -6, -8, -18, 0, 10, 5, 18, -9, 0, -31, -36, 21, 3, -15, -13, 28, -7, 14, -8, 14, -11, -20, -7,
    -15, -21, 16, -7, 33, 8, -5, -27, -8, 18, 8, -12, 13, 1, 9, -39, -13, 1, 12, 15, 8, 17, 10, 31, 4, 7,
    -3, 9, -15, -14, 19, 9, 1, 17, -4, 24, 12, 5, -26, 17, 0, 16, -2, -9, -8, 24, 3, -11, 1, 39, -16, 13,
    17, 9, -6, 1, 0, -16, -14, -22, 24, -12, 12, -21, -8, -8, 13, 22, -5, 22, 8, -1, 16, -33, -28, -19, 21,
    -9, -10, 6, 20, -29, 8, 3, -32, -25, 12, 12, 21, 18, 11, -6, -4, 13, 9, -16, 33, -4, 28, -37, -15, 5, 6,
    -5, -27, -19, 13, 29, 16, 3, -11, -17, 17, 19, 18, 7, -10, -34, -20, -9, 7, 9, -16, 15, -6, 9, 7, -22,
    25, 16, 19, 29,
    8, 36, 17, -18, -7, -7, -27, 6, 28, -5, 17, -6, -4, -6, 17, 6, 30, 40, -12, 14, 36, 44, 5, 5, 3, -20, 5,
    19, 13, 8, 9, 17, -21, -11, -2, -20, -1, -9, 16, -16, -11, 32, -4, -21, 18, 0, 9, 10, 12, -3, 7, 33, -8,
    29, 14, 12, 11, -3, 29, 23, -11, 6, 22, -6, -6, 9, 8, 9, 9, -24, -4, 4, -22, 7, 14, -18, -4, 22, 4, -6,
    0, 32, 12, 2, 6, -10, 24, 5, -9, -22, 35, -12, -23, 12, -16, 1, 2, -7, 10, -25, 2, 9, 10, 3, 14, -24,
    -11, -2, 5, -10, 12, -5, 9, -4, 3, 17, -22, 7, -5, 4, 19, 24, 44, 10, -38, -5, -27, -35, -4, 9, -5, -3,
    2, -44, -9, -7, 29, -9, -22, -38, 21, -11, -28, 8, -19, 24, -1, -21, -19, -21, -13, -33, 41, -1, -17,
    -11, 16, -2, -12, -15, 7, -8, 5, 19, 6, 18, -6, 9, -11, -38, 2, 4, 3, -8, 10, -10, -5, -22, -6, 5, 0,
    -15, 11, -14, 21, -15, -20, -12, -15, -11, -7, -9, 22, 3, 19, -23, -4, 6, -37, -13, -3, 14, -17, 3, 4,
    -8, 2, -23, -8, -21, -4, 9, -11, 14, -3, -21, 19, -28, -11, -9, 2, -20, 19, 6, 1, -19, 29, 0, 9, -30,
    -2, 5, 9, 4, -6, 7, 28, -11, 3, 11, -8, -22, -22, 9, -21, 8, 1, -8, 22, 18, -19, 4, -10, 4, 28, 11, -7,
    22, 10, -8, 2, -25, -10, 1, -5, -2, -7, 16, 6, -40, 14, 16, 20, 20, 34, 12, 22, -29, -35, -45, 5, -11,
    18, -10, -14, -21, 2, -4, 10, -25, -9, 15, 4, 2, 18, 16, 30, -2, -17, -17, 12, 18, -31, 6, 9, -19, -12,
    -7, 5, -30, -9, 6, -15, -17, -22, -3, -26, -7, -42, 3, 6, 2, 4, -9, 31, 1, -5, -15, 2, -39, -33, 45, 28,
    -8, -1, 25, -10, 9, -41, -31, 3, 12, 10, 15, -7, 2, -10, -24, -32, -24, 3, -35, -23, -3, 42, 28, 1, -24,
    -1, 2, -5, -7, -4, -17, 5, -15, -10, -1, 1, -38, 34, -20, 4, 5, 0, 28, 13, -2, -4, -34, 13, -1, -3, -3,
    15, -13, 5, -11, 6, -10, 0, -9, -2, -8, 6, -15, -18, 14, -1, -53, -9, -4, -2, -14, -1, 15, 26, 0, -17,
    -49, 9, -1, 5, -8, 25, -12, 3, 0, -31, -23, 11, -4, -10, 30, -3, -6, -1, 16, 13, 5, -10, -6, -17, 4, -6,
    35, -6, -6, -7, -19, -20, 11, 11, 8, 8, 19, 5, -7, -6, 3, -3, 32, 4, -5, -21, 13, 6, 9, 2, -4, 10, -3,
    2, -2, -6, 15, -18, 19, -12, -2, 7, 16, 18, -29, -30, 15, 24, -40, -4, -7, 8, -18, 8, 7, -1, -13, -3,
    12, -4, 1,
    -6, -5, -19, -8, 16, -7, -26, 18, 23, -8, 10, 2, 6, 9, -16, 3, -18, -11, 8, -11, 10, -5, 6, -36, 0, 23,
    -1, -8, -9, 12, -3, -9, -21, -24, 15, 9, 1, -22, 7, 30, -31, 12, -5, 45, 2, 3, -11, 6, -3, -9, -5, -24,
    -22, 39, 25, -7, -9, 4, -16, 33, 6, -22, 13, 21, 23, 30, -13, 5, -24, -22, 24, 1, -20, 7, -31, -8, -3,
    -18, 2, -3, -30, -4, 38, 22, -1, -26, 33, -2, 10, 36, -6, -26, 4, 34, 3, -2, 17, -11, -2, -6, 8, 5, -12,
    3, -3, -12, 8, -29, 14, -1, 4, -5, 23, 13, 10, -1, 26, 5, 23, -6, 4, 11, 24, 4, -11, 18, -5, 10, 34, 33,
    -17, 2, 3, 41, -15, -21, -14, 17, 18, 11, -10, -21, 5, 3, -52, -16, 11, -2, 39, -7, 1, -1, -19, -9, 10,
    20, -16, 11, 34, 11, 0, -11, 8, 20, -5, -19, -3, -13, 18, 8, -6, 6, -13, 41, 39, -3, -49, 9, 0, 9, -22,
    17, 8, 0, -3, -2, -10, 12, -2, 24, 3, 16, -18, 10, -14, 5, -27, -5, -6, -2, 4, -4, 12, 45, -31, -2, -15,
    -23, 6, -9, 9, 28, -20, 15, 20, 36, 1, -35, -33, 25, -3, -15, -10, 13, 21, 6, -24, -34, 17, 28, 18, 1,
    -10, 21, 27, -4, -29, -9, -27, -14, 28, 11, 0, 20, 16, -5, -18, -14, -20, 13, 4, 14, -6, 34, 14, 0, -19,
    -39, -22, -17, -7, -11, -14, 32, 24, 9, 0, 11, 19, -9, -29, 10, -3, 11, -5, -6, -33, -7, -19, -9, -2, 6,
    14, 44, 11, -2, -13, -2, 5, 16, 5, 1, -31, -1, 10, 25, 4, 1, 46, 10, -3, 19, 12, 19, 4, -15, 0, 19, 23,
    1, 25, -10, 20, 15, -20, 13, 2, 9, 22, 18, -9, 24, 22, 11, 8, 19, 35, -2, 7, -6, -20, 14, 17, 1, -19,
    15, -35, 5, 11, -32, -18, -14, -30, -11, 11, -21, -12, -5, -10, -11, 7, -14, -9, 9, -29, -6, -7, -1, 4,
    2, 13, -17, -11, 5, 10, -11, -27, -17, 17, -15, 23, -18, 31, 16, -10, -15, -18, 16, 29, 0, -20, 8, -16,
    -17, -21, -33, 1, 30, 26, -11, 12, 33, 2, 12, 22, 4, 38, -13, 32, 18, 0, 10, -3, -1, -11, -13, -20, 11,
    -11, -2, 16, 42, 3, -19, -23, -13, -5, 18, 13, 43, 9, 1, 16, 2, -7, -3, 26, 2, 31, 0, 24, 15, 3, 8, -21,
    -3, 4, -6, -4, -1, 35, -2, -19, -6, -24, -14, 35, 24, -16, 2, -7, -9, 12, 3, 23, -27, 2, 30, 6, -24, 13,
    23, -13, -16, 13, 10, -17, -18, 4, -13, -21, -31, -2, -13, 3, -34, -10, -8, -3, 19, 6, 3, -19, 33, 13,
    3, -4, -8, -13, 17,
    -11, 11, 18, -29, -28, 34, 20, 7, -4, -5, 15, -5, 17, 17, -2, 16, 5, 32, -8, -13, -27, -10, -22, -18,
    -21, 11, 10, 10, -5, -7, -11, 20, 8, 28, 4, 4, 8, 9, -11, 28, -30, 2, 13, -4, -12, 15, 1, 3, 0, 19, -13,
    1, -16, 13, 17, 1, -27, -2, 3, -16, -14, -17, -11, -17, 31, 30, 26, 28, -4, 8, -17, -1, -18, -11, -25,
    16, 31, 18, 33, 4, 40, 22, 12, 8, -14, -10, -28, -4, 12, -26, 3, 14, -12, -27, -3, 8, 11, -16, -2, -10,
    -21, -19, -8, 18, -1, 9, 18, 17, -16, 7, 9, 23, 22, -12, 8, -7, -34, -26, 1, -1, 5, -10, 3, -22, 14, 4,
    -6, 13, 0, -27, -24, -32, 7, 16, -11, 6, 21, 10, 11, 27, -25, 9, 4, -4, -14, 8, 10, -2, 19, 2, 2, -8,
    -42, 10, -16, 9, 10, 0, 11, 8, 5, -16, -22, -10, 25, 9, -1, 2, 4, -20, -23, -9, 8, -13, 26, 31, 15, 20,
    4, -1, 5, 5, -37, 6, 11, 21, -42, 18, -18, 22, -17, -18, -1, -8, 27, -4, -31, 1, 5, 25, -16, -14, 18,
    27, 31, 8, 24, -5, 14, -22, 1, -15, 18, 12, -9, -16, -10, 6, -1, -1, -26, -5, 9, 10, 12, 27, -21, -28,
    22, -7, 14, -15, -11, 9, 5, 15, 26, -8, 20, -10, -3, 2, -22, 3, 6, -25, 11, -17, 16, 19, 16, -27, 28,
    -28, 9, 8, -7, 24, 12, 20, 4, 2, -13, 11, 14, -11, -8, 14, 1, -10, 5, -8, -20, 1, 11, -5, -24, -6, -7,
    -2, 16, -13, 10, 3, 36, 26, 16, 15, -22, 0, -22, -14, -21, 1, 6, -5, -9, -9, 0, 25, 10, -17, 7, -24, 10,
    17, 21, -43, 5, 6, 9, 14, -2, -11, -34, 26, -16, -2, 1, 10, -9, -25, 13, -1, -10, -3, 18, 8, 1, 2, -9,
    -1, 2, -2, -26, 11, -5, 26, 8, 13, -6, 8, 9, -16, -6, 19, 6, 37, 29, 9, 6, -15, 9, -22, -7, 22, -8, 7,
    18, -13, 34, -2, 6, -15, 24, 34, 1, -21, -6, 25, 3, -22, -23, -1, 0, -7, -5, -1, 4, -3, 6, 1, -9, -8,
    16, -12, 13, -18, 1, 12, 9, -19, -1, 1, 11, -20, 0, 21, -9, 4, -13, 5, -9, 18, -8, -18, -21, -15, -11,
    14, -16, 10, 18, -15, -2, -11, 14, 12, -9, -5, 18, 28, 4, -12, 29, 2, 10, -8, 14, -3, 21, -3, -20, 16,
    9, -2, -13, 3, 6, 25, -5, -17, 20, -23, -2, 3, -7, -8, -6, 5, -18, -11, 18, 16, 19, -23, 21, 8, -9, 3,
    16, -46, 10, -17, 17, 7, -5, -22, 6, 22, 18, -27, -2, -24, 8, 18, -9, 23, -35, -1, -2, -6, 30, 17, 11,
    13, 5, -7, 13, 17,
    3, -9, -7, 26, -25, 33, -30, 6, 6, -18, 16, -7, -15, 4, -27, -12, 15, -28, 7, 16, 14, 28, 0, -1, -12,
    -12, -9, -3, 3, 0, 33, -25, 13, -12, -10, -8, -10, 18, -22, -20, 17, -10, 8, -30, 20, -25, 13, -21, 24,
    14, -21, 9, 22, -21, 12, -12, 4, 18, 16, -20, 5, -28, -21, -26, 19, -5, 3, 5, -9, -31, -39, 20, -15,
    -29, 7, -25, -44, 9, 29, 21, -9, -2, 0, 17, -39, 26, -5, 22, 13, 6, -31, 2, -10, 4, 15, 1, 13, -45, 0,
    9, -6, 4, -22, 10, -1, -16, -12, 16, 12, 16, 13, 17, 3, 6, 11, 7, -25, -2, 8, 14, -37, -7, -12, -9, 1,
    -6, -2, -1, 23, -1, -22, 5, -14, -2, -10, 3, -13, 19, -16, 1, 18, 6, 2, 23, 12, 13, 2, -4, -6, 21, -15,
    28, -23, -13, 34, -1, 2, -1, 33, 19, -1, 3, -1, 6, 32, 6, -13, 19, 5, -2, 24, -13, 11, -1, 25, 16, -23,
    13, 19, 20, 28, 3, 1, -4, 20, -6, 3, 8, 3, -9, -18, 0, 16, -15, -23, 4, 22, 2, 24, 32, -11, -8, -18,
    -16, -2, 21, 12, 28, 15, 44, 20, -27, 24, -4, 48, 21, -17, -23, 23, 42, 34, -25, -5, 23, 34, -1, -3,
    -14, 45, 4, 0, -36, -31, -9, -12, 19, -19, 8, -1, 11, -19, 5, -3, 12, 2, 0, 23, 13, 14, 15, -7, 25, -13,
    47, 9, 0, -14, -14, 27, -1, 34, -20, -27, 15, -6, -25, -23, -8, 17, 2, -18, 4, -18, 19, 8, -2, -16, 10,
    -1, 10, -8, 6, -10, 26, 6, -18, 4, 2, 3, -1, -10, -4, -14, -17, -1, -19, -14, -12, -15, 1, -7, -1, 5,
    -26, 4, 37, 1, -5, 5, 23, -14, -8, 8, -24, 35, 8, -22, 5, -1, 3, -15, -9, -21, -14, -34, 0, -18, 29,
    -10, 11, 1, -29, 5, 4, 15, 10, 14, 10, -7, 31, 18, -21, -19, 14, -36, -4, -9, -1, -32, 0, 5, -9, 15, 9,
    -12, -26, 1, -11, -14, -5, 5, -28, -6, -1, 16, 34, -18, -6, 6, 44, 13, -13, -11, 6, 6, 6, 17, 4, -20,
    11, 21, -12, -10, -24, 23, 18, 15, -2, 22, 3, -6, 5, -26, -1, 20, -21, -12, -7, -6, 19, 12, -54, -11,
    10, 5, -3, -9, -26, -2, 19, -9, -32, -3, -22, -22, 27, 27, -23, -14, 35, -8, -30, 15, -35, -8, 0, 23, 5,
    0, -30, -2, -26, -2, 2, -14, -3, -22, 4, -5, 8, 12, -3, -9, 31, 19, 42, -17, 17, -5, 0, 2, 21, -5, -1,
    -5, -14, 4, 10, 20, 4, -25, -16, -8, -3, 19, -6, -4, -6, -13, 9, 12, 10, -15, 22, 3, 14, -13, 17, -20,
    -6, 0, 11, -19, 17, 8, 6, 13, -33, 5, 8,
    -8, 0, 28, 41, 15, 21, 7, 9, 1, 0, 19, 35, -10, -15, -26, 9, 9, 7, -3, -31, -12, -7, -4, -1, -7, 2, 17,
    -23, 36, 6, -15, 10, 0, -12, 21, -5, -5, -1, -12, 14, 18, -6, -16, -20, 10, 29, 37, 5, -8, 8, 4, -16,
    21, -11, 7, 3, -21, 10, -5, -1, 6, -6, -13, -5, -19, 23, -3, -6, -14, -28, -8, 25, -2, -8, -9, -5, -13,
    29, -15, 12, 10, -11, -17, 8, -17, -19, 2, -4, 6, -23, -15, -37, -8, 22, 11, 2, -6, 4, 27, 6, 3, -15,
    -8, 12, 2, 9, -10, 0, -8, 12, 0, 7, 12, -20, -10, 2, -20, 32, -7, -30, 26, -4, 0, 4, -13, 1, 0, 33, -16,
    -11, -19, -12, -5, 3, -30, 18, 13, 2, 7, -10, 0, 39, 32, -40, -20, 9, 2, -1, 12, 3, 24, -9, -10, 5, -22,
    6, 15, -16, -16, 11, 14, 4, 0, -16, -8, 1, 21, 14, -13, 6, -11, -1, -12, 28, 13, -20, -6, 34, 8, 15, 27,
    20, -15, 3, -55, -7, -15, 18, -19, -7, 40, 5, 16, -24, -42, -31, 25, 30, -3, -9, 14, -11, 19, 6, -29,
    -36, 13, 32, -9, -5, -8, -4, 3, -22, -21, 15, 30, 6, 17, 3, -2, 7, 11, 10, -22, -19, -9, 23, 26, 32, -1,
    -40, 7, -3, -8, 6, 7, -5, -15, 16, -10, 5, -7, 16, -39, 7, 15, -9, -19, -6, -16, 18, -11, -20, 4, -10,
    3, 3, 18, 25, -9, 1, 24, 1, 1, 16, -12, 3, 9, 5, -17, 17, -10, -18, 9, 7, -2, 11, 13, -3, -7, -14, -19,
    7, -14, 0, 0, 13, -4, 2, -17, 8, -21, -2, -17, -11, -14, -14, 4, 20, -29, -11, 10, -27, -34, -9, 16, -7,
    -31, 33, 31, 28, -31, -7, -37, -4, -1, -14, -39, 31, 25, 8, 25, 26, -33, -7, 15, -29, -11, 10, 6, 3, 0,
    -1, -47, -33, 32, 3, -38, 9, -22, 27, 8, 2, -29, 18, 16, -8, -13, 18, -9, 10, 12, -33, -10, -10, -9, 11,
    -21, 11, -3, 13, 22, -18, -1, 6, -4, -32, -1, 4, -20, 12, 3, 25, 25, 6, 11, 1, -26, -24, -15, -7, 2, 9,
    -17, 15, 3, -1, -45, -4, -3, 31, -1, 7, 13, 6, -6, -27, -21, -11, 8, -19, -1, -20, 19, 37, -3, -5, -23,
    -19, -14, -1, 3, -14, 9, 15, 7, -4, 17, -15, -13, 0, -26, -11, 8, 24, 9, -10, 2, -7, -23, 12, 3, 8, -22,
    13, -12, 4, -29, 7, 10, -5, 25, -7, 17, -9, -3, -6, 13, 23, -8, 37, -16, -34, 29, 18, 13, -30, -17, -12,
    -13, 12, 10, 25, 22, 17, 39, 28, 12, -21, -5, 8, -8, -3, -8, -24, -16, 22, 3, -39, 38, -30, -3, -11,
    -12, 0, 8, 6, 32, 0,
    12, 15, -21, -26, 12, -33, -36, 16, -32, 0, -15, 16, 21, -17, -5, -3, -11, -1, -12, -14, 12, 19, 21, 8,
    -19, 13, -6, 11, 21, -19, 2, -12, -3, 3, 6, -4, 7, -26, 11, -3, 7, 11, 22, -29, -8, 6, 8, -19, -27, -14,
    -12, -1, -20, -16, 23, -23, 10, -41, -7, 9, -24, 9, -10, 11, -8, -1, 18, -5, 0, 6, 24, 24, 26, -23, 13,
    12, 6, -12, -4, 9, 19, 1, 17, -8, -12, 7, -10, 3, 29, 18, 14, 10, -9, -21, 20, -11, -15, -1, 16, -18,
    42, 6, 3, 22, -1, 26, 10, -16, -8, -1, 19, -3, -10, 21, 12, 5, 1, -3, 11, 22, 11, -14, -8, 7, -14, 0,
    -11, -14, 21, -41, -17, -13, -19, 13, 8, 1, -9, -15, 14, 2, 15, -3, 14, 39, 23, -3, 13, -18, -2, 15,
    -13, 1, -25, 17, -7, 24, -13, -17, 5, -1, 15, -6, 19, 2, -12, 27, -16, 16, -6, 13, 15, -18, 26, 6, 25,
    12, -22, 8, 20, -4, -29, -23, 13, 17, 50, -26, -4, 31, -3, -10, -7, -17, 18, -25, -23, -19, -24, -23, 0,
    -21, -30, 3, 0, 12, -15, -3, -4, -10, 3, 27, -20, -4, -3, 8, -3, 3, -36, 5, 34, 1, 31, 16, -1, -5, -4,
    -26, -15, 4, 11, 3, 0, -17, -3, 10, 10, 3, 3, -5, -22, -2, 7, 21, -16, -23, 16, 5, 14, -26, -7, 16, -26,
    21, 14, -23, 19, 24, -20, -6, 9, 22, 6, -2, 11, 25, 4, -18, 26, -2, 13, -24, -2, -3, 4, -3, -3, 3, -20,
    -27, -32, 7, -3, 13, 2, -26, 15, 22, 9, 26, -11, 20, 26, 2, 15, 3, 24, 6, 1, 13, -4, 22, 0, 2, -12, -10,
    14, 17, -18, -3, 13, 4, -21, 3, -5, 37, -5, -17, 14, -7, -6, 34, -27, -5, -22, 8, -2, 3, 2, -34, -3, 13,
    10, -6, 9, 16, -4, 12, -2, -4, 15, 44, -5, -9, -2, -3, 17, 6, 19, -36, -1, -3, 13, -21, -34, 6, -4, -2,
    -18, 23, 14, -17, -3, -11, 5, 4, -18, 25, -32, 12, -13, 2, 16, -34, 18, 3, 2, 4, 11, -31, 24, 12, 14,
    -10, -44, 1, 3, 3, -16, -29, 31, 15, 31, -1, -22, 4, 1, -5, -5, -24, -7, 6, 27, -1, -16, -11, 26, -15,
    -31, -13, -12, -25, -7, 9, 23, 44, 3, -9, -5, -27, -8, -10, -1, 8, -5, -22, 13, -9, 10, 14, -1, -13, 6,
    -14, 5, 9, 28, -6, -9, 9, 28, -2, 17, 29, 9, 5, 19, 1, 4, -7, 6, -13, -7, 12, 8, 10, 5, 6, 14, 25, -14,
    -15, 28, -13, -3, -18, -15, 7, -27, -30, -11, -5, 22, -19, -9, 4, -17, -5, -1, 16, -2, 9, 22, -10, -18,
    -14, -5, -9, -27, 6, 11, -13,
    21, -6, -52, -23, -24, 23, 18, -16, -13, -17, -12, 5, 18, 5, 16, 6, -3, -13, 3, -18, -15, 0, 12, -28,
    -13, -7, 25, -24, 5, -20, 40, -15, 15, 1, 0, -19, 2, 31, 0, -34, 10, 9, -13, -7, -11, 1, -25, -22, -7,
    -27, 3, 20, -22, -19, -3, 3, -10, 12, 5, 6, 0, -17, -10, -28, -23, 23, -17, 5, 6, 2, 10, -22, -18, 6,
    -35, -3, 14, -8, 6, -17, -10, 16, -31, 6, -9, -2, 15, 31, 23, -23, 19, 7, -1, -16, 12, 15, 11, -35, 6,
    -19, 4, -7, -9, -40, 4, 26, 27, -18, -10, 25, -7, 11, -33, -21, -4, 24, 15, 32, 1, 13, 8, -22, 4, -27,
    2, -2, 18, -11, 15, -10, 46, 11, -27, -46, -2, -10, 8, 33, -11, -9, -12, 32, -36, -2, -37, 41, 36, -3,
    -52, -12, 42, 23, 13, -23, 0, -15, 20, -20, 11, -28, 15, -8, 5, -21, 1, -18, 8, 4, 7, 1, 24, 3, 4, -23,
    -2, 7, 18, 30, -25, 17, -9, 21, -20, -9, -1, 14, 17, -6, 34, -16, 23, 0, -39, 6, 18, 19, -5, 21, 6, -6,
    -10, 15, -33, 13, 35, 7, -11, -23, 5, -3, 15, 3, 18, -17, -17, 2, -1, 29, 4, 2, 20, -10, 14, 8, 17, -5,
    -22, 19, -8, -5, -3, 17, -19, -27, 14, 20, 0, 24, 6, -43, 13, 8, -31, -5, -11, 24, 21, -16, -5, -9, -14,
    -5, 5, -34, 5, 12, 26, -7, 2, 1, 18, -15, 22, -23, -12, 14, 56, 19, 15, -6, 15, -8, -28, -22, 23, -8,
    -1, -36, 24, 19, 23, -5, -21, -37, -22, -20, 5, -16, -12, 12, 16, 9, 2, 11, 15, -1, 17, 1, 1, -3, -1,
    -28, -10, -1, 9, -12, 24, -49, 4, 8, 22, -16, -5, 27, -2, -24, -4, -1, 7, -12, 4, -11, -31, -22, -24,
    -32, 10, -5, -5, -9, 7, -2, 26, 12, 13, 20, -12, -8, 0, -11, 0, 10, -13, -11, -28, 2, -9, 0, -4, -21, 1,
    6, -1, -8, -28, 9, -20, 47, 19, 24, 14, -36, -12, 4, 3, -5, 17, 1, -3, 11, 13, 6, -15, -35, 2, 7, 14,
    25, -21, 18, 3, 11, 13, -38, 2, 26, -24, -6, 13, 15, -23, 2, -32, -35, 11, 35, -26, 3, 2, 40, -11, -3,
    -15, -50, -30, 7, 11, 7, 17, -30, -7, -13, 16, -5, 5, -27, -1, 30, -9, -38, 4, -17, 16, 9, -3, 7, -34,
    24, 28, 1, 16, 16, 14, 16, 21, 0, 16, 8, -7, 4, 11, 36, 34, -4, 2, 9, -33, 3, -34, 23, -15, 3, 15, 6, 0,
    7, -2, 14, -9, 24, 33, -53, -2, 1, -17, 37, 30, 2, 13, 3, -4, -1, 14, -1, -22, -10, -2, -8, 5, 9, 19,
    15, -20, 3, 62, 23, -5, -6, 1, 3,
    -23, -12, -18, -6, -15, -6, -8, 21, -27, -15, -18, 7, 8, 8, -5, 2, 25, 12, -11, 1, 8, -13, -11, 8, 14,
    -20, 51, -20, -8, -8, -18, 1, 4, 6, 11, -34, 2, 0, -15, -8, -5, 6, 0, 14, -31, 5, 22, 8, -17, 10, 4, -3,
    -4, -5, -17, -19, 14, -2, 8, -14, 16, -20, 29, -1, 5, -26, 13, -19, 16, -31, -14, 24, -9, -28, 17, 14,
    7, -2, -21, -6, 5, 8, -2, -14, 23, -4, -4, 40, 3, -1, 16, 44, 10, 2, 0, 12, 1, -20, -7, -16, -4, 41,
    -10, 2, 30, -15, 6, -25, -15, -33, -12, -5, 1, 5, 0, 14, 22, -14, -20, -22, 10, -12, 18, 6, -9, 31, 32,
    9, -24, -22, -18, 11, 29, 16, -6, -12, 2, -5, -21, -20, -12, 27, 14, 16, 31, 20, 12, 22, -4, 17, 24, 9,
    -15, 15, 27, 22, 36, -6, -3, 3, -4, 25, 39, -2, 15, -16, -22, -22, -23, 31, 15, 1, 11, 16, -1, -7, -6,
    -8, -8, 2, 20, -4, 23, -3, 7, 29, -13, -6, -18, -20, 20, 18, 14, 8, -20, 1, 28, -34, 15, -7, 22, 11, 21,
    13, -27, 43, -14, -16, -7, -20, 10, 14, 37, 11, 4, -3, 0, -3, 3, -25, 31, 32, 6, 14, -4, -8, -6, 15,
    -26, -8, 0, 6, 22, 13, 22, 13, 21, 0, 34, -22, -24, -12, 10, 10, -17, 7, -16, 2, 15, 10, 15, 26, 26, -3,
    -28, 2, 2, -14, -22, 23, -3, 32, 12, 13, 14, -27, 5, 14, 17, 30, 36, 19, -7, -2, 14, -6, -13, -20, -11,
    3, 25, 31, 1, 35, 13, -26, 15, -29, -3, -22, -5, 11, 11, 54, 2, -15, 29, -34, -18, -7, -5, 18, 17, 23,
    -2, 20, -18, -4, 14, 4, -26, 24, 28, 34, 2, -27, -10, -7, -3, -8, -6, -22, 18, -5, -29, -4, -16, -3, 0,
    8, 16, 0, 8, 7, 24, 10, 22, -11, 0, 6, 20, -31, 12, 33, -1, -14, -1, -10, 8, 9, 7, 4, -33, 40, 29, -14,
    -8, -22, 34, 4, 9, 27, 17, 15, 11, 12, -7, -15, 29, 16, 13, 18, 4, 2, 1, 14, 7, -9, 15, 7, -9, 4, 18,
    40, 14, -3, -14, -5, 33, 1, -26, -9, 13, -12, 6, 9, -9, 15, 7, 14, -4, -1, 27, 1, 7, 8, 15, -12, 15, 26,
    -8, 22, 11, 14, 43, -8, -16, 0, 12, -6, 18, 15, -1, -8, 4, 13, -24, -8, 2, -28, -18, -4, 8, 28, 9, 6,
    -7, 21, -16, 20, 1, 2, 1, 5, 15, -1, 10, -15, 9, 15, 21, 9, -5, 14, 1, 20, -2, -20, 17, -1, 24, -12,
    -10, 5, 19, 4, -13, 8, 7, 16, -20, -22, 20, 4, 17, 10, 17, -8, -28, -4, 4, -8, 5, 11, -14, -24, 4, -14,
    -41, -36,
    9, 11, 15, -2, -26, 1, -3, -12, -15, -13, 6, 14, 0, 32, -15, -23, 31, -4, 12, -5, -3, -24, -3, 7, -22,
    -15, 7, -4, 6, 18, -22, -11, 10, 25, -17, -6, -3, 22, -7, 7, -1, 0, -10, 7, -1, 15, 23, -18, 0, -33, 3,
    -18, 7, -22, 23, -27, 21, 29, -17, -5, 19, -23, 1, -2, 8, -12, 15, -3, 5, 21, 16, 18, -13, -8, 18, -6,
    19, 6, -23, -18, -12, 11, -6, 6, -11, 7, 26, 6, -11, -12, -33, 2, 29, 6, -2, -4, 3, 13, 19, 21, 48, -4,
    -15, 19, 31, -15, -13, 22, 6, 9, 33, 12, -9, 25, -10, 6, 7, -11, -20, 8, -12, -21, -35, -5, 18, 2, -8,
    -17, -38, 0, 29, 30, -10, 24, 13, -6, 35, 17, -5, -38, 12, 1, 18, -2, -2, -12, 15, -10, 8, -9, -24, 31,
    1, 6, -12, -18, -2, -22, -7, 0, -5, -17, 2, -26, 24, 11, -23, -13, 8, 14, 25, -8, 15, 3, 10, -13, -28,
    10, -15, -26, -27, 13, 28, 8, 8, -24, -11, -26, -6, 7, 4, -36, 25, -1, -17, 10, 9, -15, -39, -5, -10,
    -23, 10, -11, -3, 11, -3, 17, 16, -14, 5, 3, 21, -34, -23, 14, 4, -12, -15, -22, -21, -25, 17, 8, -13,
    -13, 24, -19, -38, 12, 12, -7, 18, -23, -10, 15, 6, 26, -19, -10, -8, 6, -17, 6, -8, 12, 8, -7, -1, 2,
    18, 10, -1, 19, -5, -4, 8, -4, -13, -14, 23, 12, -2, 2, -1, 4, -7, -2, -3, -16, -10, 1, 0, -8, 20, 3,
    33, -1, -11, 33, 9, 6, -17, -36, -27, -37, -1, 18, 32, 16, -3, -17, 13, 6, -1, 1, -10, 23, -3, 13, 12,
    7, 6, -2, -2, 19, -2, -4, -8, -3, 7, -14, 10, -21, -17, 9, -12, 5, 0, 20, 12, -8, 0, -18, -10, -20, -16,
    14, 21, -21, 10, 4, 13, -17, -24, -4, -23, -24, 11, -17, -8, -6, 24, 5, -30, 14, -7, 9, 6, 6, 13, 18, 4,
    -15, -22, 3, -1, -4, -8, -18, -5, 7, -16, 15, -24, -16, -17, 8, -5, -2, 3, 21, -2, 13, -24, -13, -10,
    -13, -4, 7, 18, -2, -14, 1, 15, 15, 11, -21, 25, 37, 16, 0, -9, 4, -1, -3, 3, -1, 6, -5, 11, 22, 8, 4,
    -25, 3, 5, -1, -19, 10, 15, 16, 14, 35, -42, -8, -14, 1, -2, 18, -14, -12, -20, 14, -17, -16, -5, 12,
    15, -4, 37, 22, 16, 32, -8, -12, 13, 7, -6, -13, -1, -4, 4, 12, -7, -20, -10, -21, 4, 5, 17, -6, 2, 12,
    -3, -6, 16, 0, 5, -16, 13, -14, 1, 15, 1, 2, -2, -21, -5, -8, 3, -21, -4, 9, -10, -2, 16, -10, -17, -15,
    -1, -10, 24, -22, -19, 13, 7, -12, -13, -2,
    -3, 2, -6, 21, 2, 28, -42, -5, 6, -24, 11, 9, 33, 13, -23, -4, 21, -14, 21, -5, -7, 19, 2, 1, -26, 4,
    -32, 6, 13, 10, 15, 21, 8, -14, -3, -26, 9, -1, -35, 14, 15, -5, -10, -47, 7, -23, -10, 27, 20, 10, 9,
    12, -8, -7, 10, -16, 8, 21, 14, 1, -19, -28, -15, 5, 9, -1, -7, 5, -2, 7, 16, -27, 8, -1, -9, -9, -23,
    12, -21, 17, -38, -13, 11, -33, 23, 21, -31, 4, -10, -12, 8, 4, 1, -8, 10, -31, -20, 4, 14, -1, -6, -14,
    -31, -12, -14, -10, -16, -23, -7, -1, 2, -4, 13, -33, -3, 9, 32, 3, -9, -1, -2, 23, 4, 8, 5, 1, -27,
    -17, -25, -4, 9, -8, 2, 2, 21, -1, -12, 35, -8, -14, 18, -14, 18, 16, 2, 23, 0, -16, -7, 1, 30, -22, 8,
    -27, -28, -19, 20, 25, -4, -10, -7, -7, 5, 9, -27, 9, 37, 15, 8, -5, 13, 8, 4, 1, 17, -24, -1, 3, -6,
    -8, 5, 19, 12, -18, 28, 23, -5, 2, 10, 14, -2, -8, 13, -10, 19, 0, 0, 11, -39, -8, 6, 0, 23, -19, 13,
    20, 16, -4, -26, -8, 2, 20, -22, 2, 12, 4, -18, 25, -24, 23, 18, 2, -6, -16, -8, -9, -12, 1, -3, -10,
    10, 23, 10, 8, -19, 3, 9, -4, 1, -4, 2, 14, -5, -39, 8, -29, -15, 9, -6, 11, 4, 13, 3, 4, -10, -4, 34,
    -14, -6, -19, 28, 25, 37, -19, -47, -4, 0, -26, -19, -8, 8, 2, 34, -17, -24, 11, 35, 16, -8, -14, -37,
    -21, 4, 3, -16, -17, 13, 31, 10, 20, 9, -4, 10, -22, -13, -4, 51, -6, 6, -29, -8, 14, 19, -29, -22, -38,
    -22, -9, 12, -6, 35, 11, -11, 7, -19, -24, 30, 28, -43, -38, 10, 9, 25, -33, 19, -21, 24, 10, 16, 14,
    -2, 4, 32, -3, 1, -19, 2, 31, -17, -22, -6, 14, 8, 0, -9, -26, -14, 9, -8, 16, 7, 27, 10, -9, -8, -10,
    12, -12, 2, 14, 18, -6, 24, -31, 9, -4, 6, 29, 3, -23, -3, -21, -16, -10, -7, -2, 4, 4, -22, -23, 8,
    -13, 29, 32, -25, -1, -3, -10, 5, -7, 1, 18, -8, 33, 16, 17, -15, -18, -10, 1, -9, -19, -13, 4, -5, -22,
    8, -21, -15, -6, -3, 8, 32, -6, -28, 0, -13, -2, -21, 26, 49, -15, -7, 4, -29, 11, -38, -23, -12, -11,
    9, 26, 5, -18, -25, 1, -31, -8, 1, -12, 12, 2, 24, 18, -2, -7, -26, -4, -22, 7, -19, 27, 4, -1, 2, 34,
    0, 5, 6, -20, 21, 4, 2, -6, -15, -25, 22, 7, -1, -1, 14, 22, -15, 6, -13, -3, -3, -3, -5, 4, -9, 17, 31,
    0, -9, 37, 13, 19, 10, 3,
];

static BIAS_0: [i8; 16] = [
    3, 4, 2, 5, 2, 2, 2, 3, 0, 2, 2, 1, 5, 5, 2, 4,
];

static WEIGHTS_1: [i8; 80] = [
    -15, -21, -10, 9, 16, 18, 29, 32, -25, -30, 8, -14, -33, 22, 15, 13,
    34, 2, 8, -18, 13, 12, -24, 31, -4, 7, -19, -4, -25, 29, 0, -30,
    3, -14, -1, -20, 60, -36, -3, -2, 21, 14, -35, -12, 6, -12, -23, -13,
    -9, -25, 46, 33, 5, -30, 2, -23, -4, -6, -35, -3, 28, 24, 10, 8,
    -29, 25, 12, 25, -25, 8, -16, 13, -8, -14, 20, -37, 11, -21, 12, 12,
];

static BIAS_1: [i8; 5] = [
    7, -8, -5, 0, 4,
];

/// A layer: weights row after row, a row an output; without a bias it is empty.
struct Layer {
    weights: &'static [i8],
    bias: &'static [i8],
    inputs: usize,
    divisor: i32,
    relu: bool,
}

impl Layer {
    /// Sums need 32 bits. The quotient is rounded down.
    fn run(&self, x: &[i8], y: &mut [i8]) {
        for (i, (row, y)) in self.weights.chunks_exact(self.inputs).zip(y).enumerate() {
            let sum: i32 = row.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
            let mut value = clip(sum.div_euclid(self.divisor).into());
            if let Some(&bias) = self.bias.get(i) {
                value = clip(i64::from(value) + i64::from(bias));
            }
            *y = if self.relu { value.max(0) } else { value };
        }
    }
}

/// The nearest value in -127..=127.
fn clip(value: i64) -> i8 {
    value.clamp(-127, 127) as i8
}

/// The outputs, in -127..=127, for inputs in the same range. Keeps two bytes on the stack for each value of the widest
/// hidden layer.
pub fn infer(x: &[i8; INPUTS]) -> [i8; OUTPUTS] {
    let mut outputs = [0; OUTPUTS];
    let (mut from, mut to) = ([0; WIDEST], [0; WIDEST]);
    for (i, layer) in LAYERS.iter().enumerate() {
        let input: &[i8] = if i == 0 { x } else { &from };
        if i + 1 == LAYERS.len() {
            layer.run(input, &mut outputs);
        } else {
            layer.run(input, &mut to);
            core::mem::swap(&mut from, &mut to);
        }
    }
    outputs
}

/// The place of the greatest output, or of the first of several.
pub fn argmax(y: &[i8; OUTPUTS]) -> usize {
    let (mut best, mut greatest) = (0, i8::MIN);
    for (i, &value) in y.iter().enumerate() {
        if value > greatest {
            (best, greatest) = (i, value);
        }
    }
    best
}

/// A row of the self test, and its outputs.
type Vector = ([i32; INPUTS], [i8; OUTPUTS]);

static TEST: [Vector; 16] = [
    ([
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
        -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648,
    ], [
        81, -127, -72, 5, 89,
    ]),
    ([
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647, 2147483647,
        2147483647, 2147483647,
    ], [
        19, 119, -15, -25, -93,
    ]),
    ([
        6026, -168, 2, -17, -1, -8, -2, -5, -3, -4, 6031, -171, 2, -20, -1, -6, 0, -3, -2, -6, 6050, -165,
        7, -15, 3, -4, 0, -4, -7, -9, 6064, -161, 8, -15, 0, -3, -3, -12, -5, -4, 6086, -157, 12, -15, -5,
        -3, -2, -13, -7, -5, 6109, -164, 10, -10, 0, 1, 2, -9, -7, -5, 6134, -151, 10, -13, -6, 1, 2, -11,
        -8, -4, 6169, -145, 12, -13, -9, 0, -4, -23, -8, 0, 6200, -143, 19, -5, -7, -5, -3, -19, -8, -7,
        6226, -127, 19, -6, -10, -3, -1, -17, -6, -7, 6258, -107, 26, -1, -15, -11, -4, -17, -5, -4, 6297,
        -50, 36, 5, -18, -16, -1, -18, -5, -4, 6337, -36, 32, 5, -15, -19, -3, -19, -5, -2, 6350, -32, 34,
        8, -24, -23, -5, -23, -5, 0, 6370, -20, 32, 5, -26, -28, -8, -19, -4, -3, 6387, -14, 35, 10, -23,
        -26, -4, -15, -4, -7, 6408, -5, 43, 11, -29, -30, -10, -20, -2, -3, 6420, 1, 46, 13, -33, -20, -1,
        -19, -6, -1, 6426, 20, 56, 16, -36, -16, 0, -25, -13, -4, 6436, 25, 53, 17, -37, -14, 0, -28, -9,
        -2, 6448, 26, 56, 15, -42, -14, -1, -30, -11, -5, 6452, 24, 52, 15, -45, -18, 5, -24, -8, -1, 6464,
        28, 51, 10, -48, -21, 3, -24, -8, 2, 6449, 18, 47, 17, -50, -29, -7, -26, -5, -1, 6439, 12, 47, 15,
        -47, -31, -7, -22, -2, -1, 6425, 2, 43, 11, -47, -32, -5, -17, 1, 1, 6450, 13, 45, 18, -40, -32, -9,
        -21, 2, 0, 6448, 18, 48, 26, -38, -33, -11, -22, 3, 3, 6436, 12, 50, 22, -35, -29, -8, -20, -2, 1,
        6421, 8, 46, 19, -33, -25, -9, -21, -2, -8, 6384, -4, 41, 16, -34, -23, -11, -25, -3, 1, 6359, -11,
        43, 11, -29, -25, -6, -22, -1, -4, 6375, -12, 48, 15, -27, -23, -13, -25, -3, -8, 6357, -16, 46, 10,
        -35, -27, -4, -21, -6, -5, 6344, -18, 38, 6, -33, -24, 0, -21, -6, -2, 6338, -20, 38, 4, -36, -32,
        -5, -17, -6, -7, 6303, -32, 34, 1, -30, -31, -1, -11, -2, -4, 6274, -49, 31, -2, -27, -31, -3, -8,
        2, -1, 6238, -107, 27, -7, -21, -31, -8, -7, 1, 1, 6211, -121, 21, -4, -19, -28, -7, -6, 2, 0, 6174,
        -130, 23, -9, -17, -23, -6, -8, -1, -2, 6153, -127, 21, -6, -11, -21, -5, -9, -3, -4, 6101, -150,
        12, -12, -6, -16, -2, -6, 0, -7, 6087, -154, 11, -14, -10, -17, -7, -7, -2, -4, 6072, -156, 11, -13,
        -3, -12, -3, -5, -2, -7, 6054, -160, 6, -16, -5, -11, -3, -8, -3, -2, 6049, -165, 3, -17, -6, -10,
        -1, -7, -2, -4, 6026, -168, 0, -21, -3, -11, -6, -6, -3, -1, 6016, -174, -3, -21, -4, -9, -4, -7,
        -3, -4,
    ], [
        8, -8, -10, 3, 6,
    ]),
    ([
        4410, -170, 99, -35, 62, 92, 99, -95, -85, -47, 4381, -22, 136, -44, 46, 103, -94, 57, 102, 48,
        5172, -147, 77, -113, -59, 93, -48, -54, 15, 90, 5200, -89, 97, -156, 130, 32, 48, -72, 60, 101,
        4645, -119, -116, -16, 104, 47, -93, -61, -7, -69, 4196, 52, 28, -55, 124, -40, -78, 49, -157, 92,
        4320, -149, -2, -127, 40, -53, 111, -99, 98, 35, 5376, -348, -211, 12, -41, 58, -58, -101, 91, -57,
        7793, -154, 73, 151, 191, -9, 93, -142, -70, 130, 7206, -118, -119, -83, -63, 55, -12, -190, 10,
        -166, 4980, 388, -11, -11, -188, -48, 44, 100, 157, 18, 6721, 117, -164, 162, -212, 200, -45, -8,
        55, -19, 4233, -236, -43, -121, 164, 118, 164, -7, -146, 12, 8388, -675, -222, -112, 48, 78, 155,
        -250, 185, -145, 5794, 354, 2, -137, 142, 68, 76, -203, 12, 177, 8867, -315, 362, -261, -339, -149,
        -159, 151, -168, -203, 7546, 203, 62, 212, 274, -69, -86, 8, 6, 24, 8828, -771, -198, -93, -277, 79,
        -203, -136, 154, -30, 4582, 138, -165, -225, -426, -11, 138, 166, -206, 147, 4041, -921, -46, 70,
        89, -116, -36, 208, 49, 144, 5080, 536, 311, 189, -127, 109, -48, 76, -209, -167, 5187, -428, 275,
        -159, -440, -48, -48, 131, -1, 127, 5246, -216, -90, 76, -487, 51, -177, -42, -19, -181, 4171, -652,
        135, 191, 368, -206, 309, 189, -188, -16, 8300, 952, 277, -73, 115, -188, 246, 127, 92, -23, 4274,
        238, 211, 212, 203, -30, 167, -200, -95, 22, 5477, 977, 202, 78, 131, -221, 141, -92, 87, -200,
        5285, 1014, 61, -67, -336, 149, -221, -62, -74, -7, 4479, 816, 58, -111, -346, -33, 78, -184, 42,
        39, 7555, 573, -141, -205, 51, -323, 181, 83, -183, -81, 4212, -4, 401, 158, -387, 80, -274, 210,
        -214, 186, 4933, 457, -157, 330, -248, 201, -97, -108, 98, -90, 5770, -648, -256, -55, -328, -174,
        185, 84, -167, -3, 6546, 774, -86, -220, 325, -132, 51, 176, 127, 163, 7120, 257, 83, -234, -211,
        -249, 12, 30, 182, 72, 4983, 860, 185, -108, -130, -285, -79, -202, -195, 21, 5775, 749, 17, -170,
        -247, -62, 78, -130, 76, 42, 5832, 64, 260, -85, 159, 155, 9, -15, -77, -20, 5708, -563, -121, -210,
        -173, -4, 86, 120, 77, 148, 4651, -134, -176, 185, -193, 92, 11, 115, -101, 112, 5539, -283, -137,
        -202, 94, -83, -129, 114, -138, 112, 7569, -296, 246, -22, -114, -109, -9, 16, 122, 73, 7791, 76,
        45, -78, 42, -35, -117, -73, 87, 67, 4604, -253, -9, -173, 45, -45, -92, 28, 28, 90, 6752, -245, 30,
        52, 39, -38, 77, 73, -65, -14, 7767, -55, -154, 84, -18, -49, 81, 97, 4, 58, 7560, -61, -21, 5, -17,
        83, 47, 1, -112, 36, 6478, -255, 37, 40, -95, -135, 70, 47, -28, -94, 4694, -157, -3, -47, 110, -26,
        -36, 79, 52, -59,
    ], [
        -66, -102, -64, -25, 47,
    ]),
    ([
        6510, -77, 85, -50, 76, -25, -99, -12, -114, 24, 5362, -338, 149, 22, 65, -23, -58, 72, 8, -110,
        7639, -179, 177, -34, 119, 96, 45, -61, 116, -6, 5412, -200, 123, 106, -23, -16, 20, 74, -19, 5,
        6668, -59, -187, -121, -87, -96, 40, -127, -35, -14, 7793, -208, 52, 32, 138, 93, -76, -61, -110,
        56, 6150, -262, 83, -21, -88, 20, -42, -9, 140, -106, 5083, 173, 87, 160, -55, -133, -10, 67, -127,
        -3, 4642, -112, 71, -198, 198, -139, -99, -124, -86, -139, 3938, 11, -85, -189, 35, -13, -94, 171,
        -24, 120, 7647, 272, 263, -247, -70, 24, -31, -63, 5, -137, 4446, -628, 68, 185, -59, -208, 25,
        -105, 205, 22, 6395, 1, 6, -59, -219, 197, -279, -87, -144, -92, 5611, 573, -189, -33, -1, -229, 42,
        180, 69, 0, 6807, 323, -210, 162, 205, -277, -81, 125, 91, 186, 7835, 294, -274, 254, 223, 166, -12,
        77, -82, 166, 6697, 508, -192, -150, -115, 168, -14, -215, -90, 49, 4910, 926, 93, 210, 280, -3,
        -245, 53, -99, 100, 6768, -891, -167, 263, -128, 77, -191, 160, -88, -144, 7131, -432, 330, -320,
        -174, 65, 74, 120, 40, -126, 7740, -986, -12, 221, 156, -153, 18, -236, 179, -6, 4224, 726, 221,
        -215, 255, -118, 130, 82, -215, -195, 7644, 402, -90, -352, -269, -199, 315, -80, -82, -182, 8491,
        -483, 351, 82, 137, 225, 274, -256, -198, 137, 4318, -541, -139, -211, -177, 31, -226, -144, 220,
        82, 7562, 926, 224, 321, -272, 114, 106, 92, -88, -164, 7306, -500, 118, 84, 3, 61, -48, -73, 80,
        104, 8619, 661, 61, 407, -284, -260, -32, -259, 179, 197, 5362, 592, -259, 403, -380, 180, -111,
        -102, 233, -118, 6988, 868, -211, -318, 264, -278, 229, 217, 77, 128, 5561, -881, -187, 133, 52,
        -182, 65, -8, 40, -190, 6978, 840, -299, -188, -237, -41, 35, -169, -88, -96, 6174, -820, 11, -221,
        -318, 24, -195, 40, -173, 81, 5487, -915, 384, 25, -254, 37, 221, 180, 26, -95, 5995, 821, 213, 198,
        -91, -96, 36, -235, 143, -143, 7300, -370, 13, 187, -16, -276, 67, 4, 158, -148, 4582, -200, -275,
        -147, 171, -261, -207, 45, 58, -10, 7524, -734, 13, -129, 138, 73, -69, 91, -176, 9, 8001, -457,
        -244, -96, -163, -87, 104, -56, 71, -107, 6972, -470, 129, 226, 171, 143, -77, -78, -25, -49, 6897,
        -128, -25, 136, -155, -129, -130, -10, 136, -41, 6332, -144, -104, 128, 111, 7, 101, 46, -115, -7,
        5151, -217, -117, 128, 107, 38, -2, 14, 55, -4, 7863, -231, -32, 97, -134, -140, 54, 6, 24, 68,
        5770, -115, 109, -78, -36, 52, 87, 64, 111, -115, 4785, -36, 19, -137, 43, -52, 19, -81, -53, 73,
        5810, -293, 21, -65, -27, -87, 100, -17, 97, -4, 5212, -73, 119, 71, -125, 45, 78, -91, -53, -4,
        4664, -240, -47, -20, 111, 4, 57, 79, -64, 50,
    ], [
        127, 24, -44, -30, -123,
    ]),
    ([
        6202, -117, 53, -116, 88, 103, -84, -26, 30, -70, 7279, -344, 12, -46, -110, -28, 84, 49, 51, 14,
        4325, -8, -83, -26, -62, -51, 109, -113, 35, 63, 6822, -351, 54, -90, -30, 23, -63, -44, -12, -34,
        5320, -195, -165, -87, 57, 32, 31, -12, -114, 43, 6648, -137, -5, 18, 92, -104, -52, 97, 39, -6,
        5882, -36, 74, 28, -53, 123, -114, -124, -47, 68, 5738, -380, 2, -20, -70, -144, -169, 89, -80, -81,
        6979, 92, 191, -119, 86, -146, -20, -63, 155, -36, 5918, -275, 290, -1, 103, -104, 105, 148, -134,
        96, 4536, 324, 61, -75, -255, -8, 124, -148, 188, 155, 7840, 472, 346, -247, 158, -216, -151, -215,
        -199, -105, 5374, -644, 304, -196, 209, -191, 173, -215, 94, -195, 7789, -584, 333, -287, -169, 117,
        223, 170, -167, -120, 4165, -74, -79, -199, -184, -18, 283, 137, 143, 186, 5256, 421, 314, 20, -355,
        155, 193, 119, -37, 54, 5675, -935, 231, 185, -60, -121, 12, 97, 52, 43, 6325, -554, 342, 339, 77,
        218, -137, 57, -53, 174, 6730, -582, 207, -243, -356, 34, -287, 69, -49, -34, 7479, 111, -230, 263,
        12, -48, 191, 70, 23, -64, 7151, 73, -170, 6, -186, 125, -132, -64, 222, 155, 6886, 790, 100, -82,
        216, -108, 47, -275, -101, -87, 5420, -647, -299, -103, 214, -180, -197, 68, -141, -160, 7784, 90,
        118, 299, -207, 204, -168, -177, 197, 134, 4098, -3, 12, 185, 310, -298, -180, -8, 211, 40, 4233,
        926, 116, -230, -47, 181, 269, 191, 157, -110, 6100, -259, 216, 144, 359, 123, -171, 196, 231, -153,
        7882, 574, 95, 56, 49, -202, 190, -235, -94, 109, 7491, -196, -209, 87, 241, 13, -200, 203, -115,
        -127, 4133, -618, -178, 343, -141, -4, 13, -183, -152, -121, 4081, 676, 129, -18, -123, 95, -144,
        -207, 36, 175, 8292, -472, 331, 263, 190, 109, 126, 99, -61, -13, 6888, 581, 152, -29, 11, 59, 237,
        72, -64, -101, 7738, 237, 147, -217, 137, -70, 153, -68, 63, -23, 5782, 358, -94, 205, -211, 116,
        -158, 45, 152, -76, 7221, 666, -12, -224, 305, -65, -10, -106, 98, -43, 4523, 70, 199, -9, -280, 32,
        -58, -8, -11, 129, 8410, 90, 234, -106, -300, 203, 31, 26, 3, -151, 4892, -237, 63, -168, -143, -21,
        -49, 41, 5, -71, 6301, -510, -87, 129, -19, -245, -113, -172, -98, 99, 6315, -43, -228, 134, 25,
        168, -79, -148, -72, -25, 7292, -446, 235, -189, -76, 116, 83, 42, -12, 26, 7646, -419, 190, -160,
        -136, -38, -86, -128, -36, -21, 8049, -100, -93, 49, 79, -13, 49, -64, 54, -111, 5483, -263, 30, 39,
        -67, 12, 3, 6, -120, 105, 5381, -33, 109, -133, -62, -56, -99, -98, -3, 27, 6842, -276, -9, -128,
        87, 35, -63, -96, 80, -100, 5332, -214, 46, -102, -84, 95, 42, 70, -22, 38, 5656, -183, 108, -49,
        -92, -109, 110, -41, -38, -66,
    ], [
        33, -99, -24, 40, -12,
    ]),
    ([
        7334, -58, -109, -55, -25, -72, 104, 50, -92, 57, 5303, -267, 69, 49, 12, -11, 83, 102, 51, -93,
        4567, -317, -141, 28, 7, 88, 101, 94, -62, -127, 4274, -146, 188, -127, -48, 82, -62, -129, 63, 26,
        5719, -202, 145, -94, -15, 126, 45, 53, 25, -8, 4654, -231, -35, 82, -70, -59, 119, -3, 72, 77,
        8032, -362, -10, -61, -15, -1, -114, -69, -39, -74, 5100, -398, -42, 189, 169, -39, 136, 71, -120,
        -143, 6650, -49, 92, 171, 83, -162, -120, -157, 35, -143, 6589, -314, 41, -79, 138, 139, 56, -71,
        57, 102, 5258, 147, 75, -142, 31, 107, 76, 73, 48, -25, 8264, -628, -54, 10, -42, -98, 181, -54,
        -94, -159, 7162, 579, 158, -47, 59, 6, -252, 169, -206, -29, 5731, 520, 32, 164, -60, -174, 32, 145,
        -117, -56, 7860, -910, -253, 186, -137, 217, -154, 210, 24, 173, 8133, 849, -81, 265, -300, 1, -18,
        -183, 151, 50, 6774, 644, -8, 137, -16, 150, 227, -123, 181, 161, 5369, 580, -292, 21, -270, 104,
        50, -111, -82, 147, 5324, 368, 76, -211, 106, 302, 112, -67, -20, 102, 8734, 111, 407, 362, 325, 53,
        -265, -206, -27, -134, 6923, 249, 274, -318, -59, -332, -144, 89, -11, -139, 5168, -282, -137, -38,
        -281, 104, -277, -258, -199, -142, 5555, 215, 20, -280, 261, 221, 183, -283, 19, -200, 5683, 26,
        200, 411, 118, -214, 236, -198, -95, -132, 4118, -865, -216, 108, -415, 241, 270, -6, -170, -37,
        4936, 286, 3, -319, 3, 30, -72, -111, -223, 109, 8358, -492, -290, 84, -412, -30, -95, -78, -192,
        12, 5460, 18, 81, -243, -190, -242, 38, -192, 154, -9, 7779, -80, 348, -313, -260, 34, -104, -175,
        -103, 20, 6024, 739, 354, 374, -13, 94, -145, -196, -40, 87, 5186, 668, 30, 77, -201, 85, -42, 49,
        80, 171, 8273, 443, 171, -101, -277, 69, 192, 188, -199, 44, 7861, -548, -108, -173, 125, 74, -15,
        -124, 159, 135, 7113, -349, 384, -11, 255, -264, 147, 39, 96, -130, 5006, -495, 3, -74, 157, 235,
        106, 64, 107, 37, 4649, -422, -106, 211, -100, -270, -196, 148, -107, 29, 8043, 895, 229, -19, 146,
        -124, 7, 113, -194, 165, 6851, -468, -202, -265, -104, -81, 116, 53, -50, -157, 8001, -249, -247,
        -153, -248, -244, -64, -5, 155, 85, 6918, 282, -26, -239, -153, -36, -174, 62, -67, 71, 4128, -106,
        61, -55, 177, 34, 49, 120, 101, 158, 4721, -81, 166, 145, -70, -165, 114, -103, 131, 23, 5957, 37,
        -19, 77, 38, 1, 4, -55, -118, -4, 7400, -96, -63, -172, -75, -114, -26, -117, 2, 14, 4198, -294, 7,
        -47, 70, 3, -34, -84, 86, 71, 6024, -169, -73, -103, -156, 47, -94, -98, -92, 57, 7590, -310, 48,
        -86, 99, 64, 85, -63, -70, -38, 5378, -273, 84, 35, 18, -92, 64, 83, 39, -51, 6271, -287, 115, -32,
        -19, -68, -20, -29, 102, 4,
    ], [
        -13, 7, -34, 36, 14,
    ]),
    ([
        7745, -92, -71, 75, 24, -97, 24, 77, 65, 34, 6759, -81, 59, 56, 40, 106, -21, 13, -2, 5, 5430, -172,
        -96, -15, -123, -13, -24, 124, -114, 111, 6034, -344, 170, 99, 44, -21, -52, -5, -106, -85, 7726,
        -299, -187, 103, -138, -97, 3, -74, 4, 6, 6567, 39, -140, -93, 5, -23, -94, -22, -89, -115, 5815,
        -380, -189, -86, -10, -2, 87, -117, 78, 98, 5825, -113, 176, -215, -10, 85, -50, -155, 42, 137,
        4642, 147, 67, -154, 34, 16, 80, -178, 84, -20, 5827, -121, 237, 147, -116, 73, 194, -67, 111, -92,
        5814, -650, 298, -206, 131, -215, 165, 177, -70, 144, 7396, -663, -254, 107, -30, 206, -29, 51, -82,
        169, 5984, -629, -138, 72, 16, -34, -38, -194, -164, -204, 3992, -781, 165, 264, 198, -148, -79,
        183, 46, 35, 7164, -894, -186, -164, -202, 189, 65, 171, -42, -91, 5296, -473, -57, 170, 26, -125,
        -112, 27, 62, -51, 6986, 748, -47, -63, -224, 283, -175, 196, 89, -22, 7471, 33, -292, 179, -8, 190,
        156, -127, 140, 204, 5020, -851, -165, -211, 321, 92, -129, -119, -200, -65, 4505, 718, 228, 186,
        -448, 70, -93, 16, 71, -193, 8443, -292, -287, 339, -66, -114, 226, -168, -96, -177, 5924, 572, -82,
        -324, 393, -291, 173, 18, 193, 76, 8611, -509, 59, 181, 214, 22, 292, 93, 199, -135, 7863, -668,
        192, -17, 78, -278, 189, 129, -95, 69, 5939, -485, -95, 39, 285, -239, -108, 7, -222, 128, 6136,
        183, 254, -78, -343, -268, -18, -155, 125, 8, 8611, 176, 45, 250, -37, -59, -65, 148, 38, 44, 6971,
        -217, -91, -300, -226, -26, 232, -176, -223, 190, 8508, -901, -77, 350, 136, 243, 226, -91, -61,
        -126, 6327, 898, 51, -361, -254, -268, 157, -144, -171, 170, 7526, -815, 181, 108, -54, -333, -274,
        145, 125, 77, 6078, -292, 133, -289, 195, -64, 29, 75, 124, -100, 6668, -433, -245, 220, 89, 206,
        -94, -143, -64, -60, 4238, 433, 57, 118, -401, -144, -190, -231, -130, -74, 5006, 546, -196, 23,
        231, -196, 106, 12, 205, -45, 6711, -437, 215, 242, -410, 195, 231, -202, 199, 73, 4680, -163, 48,
        81, 84, -269, 76, -64, 96, -9, 6870, 117, -117, -58, -87, -129, -39, 3, -153, 79, 8001, 174, 47,
        -161, -149, 16, -127, -176, -85, -144, 7444, -262, -184, 62, -80, 171, -153, 124, 152, -127, 5804,
        -43, 268, -179, -78, -126, -36, -9, 12, 13, 5974, 134, -71, 61, -51, -80, -47, -65, 125, -86, 7824,
        98, -131, -23, 114, 0, 86, -86, -20, 32, 5902, -338, -73, -168, 109, -102, -9, 57, 49, 93, 6434,
        -292, -49, -25, -135, 50, 24, 73, 77, 105, 4724, -164, -97, 58, 56, 14, 90, 53, 28, -91, 7799, -223,
        -53, 16, -14, -31, 111, 42, -50, 110, 7172, -247, -96, 50, 8, 31, 58, 76, 33, -82, 6677, -78, 50,
        -42, -94, 31, -19, 41, 16, 67,
    ], [
        -76, -6, -17, -29, 21,
    ]),
    ([
        6907, -122, 13, -111, 80, 61, 13, -59, 15, -69, 7458, -20, 61, -37, -18, 55, 78, 45, -59, -40, 4158,
        -19, -33, 4, -81, -49, 60, 122, 113, 57, 7915, -118, -104, 99, -75, -111, -98, -135, -5, -28, 4783,
        -95, -23, 50, -75, -66, -106, 80, 19, 112, 7777, -254, 94, 29, -88, -103, 134, 27, 26, -2, 4118,
        -332, 121, 47, -21, 118, 82, 88, -12, 89, 5307, -383, -30, 92, 93, 159, -171, 100, -3, 34, 6234,
        -281, 175, 155, -72, 109, 85, -66, 71, -148, 6698, -278, -112, 39, 153, 10, 30, -40, 96, -111, 5610,
        -408, 138, 27, -192, 176, 9, 65, 101, 143, 7434, -635, 56, 277, -18, -58, 143, -189, 112, 92, 4745,
        230, -230, 208, 200, 157, 83, -142, -85, 41, 6191, -312, 285, -256, -70, -273, -156, 109, -83, 1,
        6231, -488, -270, -285, 59, -185, 184, -198, 198, -60, 4106, 334, 30, 254, 16, -235, 21, -238, -107,
        -93, 4151, -141, 19, 132, -261, 267, 3, -194, 213, -24, 4413, -79, -212, 176, -311, 230, -130, -175,
        -206, 202, 6692, 899, 204, -81, 169, -177, -177, -156, -60, -189, 4196, 1002, -34, 3, 335, 13, 187,
        -191, -224, -78, 8823, -460, -239, -19, -415, 28, 82, 161, -111, -147, 5716, -234, -289, -182, 106,
        34, -122, 203, -87, 148, 6406, 826, -237, -68, -30, -85, 315, -235, 119, -45, 8491, -410, 30, 380,
        -230, -134, 87, 227, -185, -25, 8440, -873, 249, -76, 97, -196, 101, -273, -144, 33, 7500, 294, 11,
        100, 193, 157, -165, 128, -179, -92, 4659, 6, 112, 127, -80, -248, -201, -26, 58, 83, 5208, 370,
        181, -185, -284, 281, 120, -64, -186, 179, 7587, -49, -79, 31, -137, -120, 75, 144, -65, -59, 8501,
        113, 211, 112, 75, 278, 127, 133, 57, 134, 8350, -311, -30, -76, -393, 272, 37, -103, 127, -26,
        7128, -241, -250, -31, -165, -290, -78, 176, -188, -132, 5256, -176, -30, 107, 219, -2, 222, 70,
        174, -60, 4068, 382, -100, 263, -377, -167, 219, -39, 73, -101, 7158, 807, -142, 306, -76, -22,
        -160, -196, -180, -162, 6005, -609, -78, -12, -47, 71, -178, -193, 189, 94, 4895, -126, 197, -172,
        289, 165, 64, 118, -155, -65, 5967, -335, -119, 135, 145, -15, -72, 13, -165, -69, 7451, -612, -84,
        15, 95, 5, -144, -9, 151, -5, 4361, -393, 261, -139, 49, 85, 37, 28, -12, 107, 5063, -341, -65, 102,
        127, -213, 97, 7, 63, -164, 7813, -374, 34, 4, -180, -144, 148, -138, -27, 124, 5779, -192, 12, -10,
        -117, 45, -60, 78, -117, -85, 7153, 0, -37, 136, -86, -115, -107, 35, -109, -52, 4394, 24, 156, 98,
        -37, 90, 81, -90, 15, -33, 4188, 0, 20, -160, -127, 79, 95, 79, 42, 13, 5915, -208, -67, 39, -65, 7,
        -59, 29, 115, 4, 7715, -257, 24, 7, 59, 17, 42, -106, -79, 12, 4845, -308, 17, 16, 65, 94, -56, 77,
        19, -88,
    ], [
        106, -109, -95, 12, -2,
    ]),
    ([
        7510, -114, -94, -27, 101, 98, -21, 58, -7, 53, 6313, -89, -69, -71, -3, 45, -54, 47, -66, -73,
        6700, -15, 81, 115, 49, 40, 54, 106, -44, -99, 6276, -381, -65, -165, 135, -31, -10, -53, -37, -35,
        7772, -88, 119, 92, 115, -69, 37, 74, 134, -29, 6223, 18, 20, 55, -128, 123, -22, -132, -6, 50,
        4051, 71, -54, 111, 129, -107, -128, -87, 114, 1, 8100, -202, -147, 18, 168, -62, 134, 16, -99, 54,
        6183, 207, 35, 110, 43, -113, 139, 17, -144, -156, 4229, -473, -47, -1, -177, -195, -20, -142, 170,
        -144, 6628, 82, -199, -212, 48, -82, 152, 108, -163, -72, 4099, 159, -229, -170, -108, -270, 22, 2,
        -215, -85, 8578, 534, 231, 201, -73, -263, -234, -66, -18, 153, 5091, -667, 94, 234, 245, -249, 111,
        178, -110, -147, 4245, -394, 186, 1, -98, 26, -90, 154, 111, -171, 7279, 294, -274, 141, -70, -39,
        -31, -8, -146, 47, 8781, -381, -145, 299, -253, -296, -184, 192, -25, -69, 7777, -811, -275, 104,
        -27, -146, 144, 198, -55, -193, 5761, 748, -191, -12, 205, 229, -239, 189, 115, -105, 6938, 458,
        157, -192, -452, 10, 48, 30, 142, 172, 8253, 297, 107, -280, -237, -332, 236, -166, 149, -139, 8132,
        -32, 292, -108, -221, -58, -156, 65, -44, -25, 4956, -175, -98, -248, -457, 313, -190, -101, 137,
        27, 5134, 769, 47, 206, -3, 21, 12, 5, 49, -89, 7719, -19, 233, -155, -401, 186, -115, 117, -39,
        -27, 7479, 286, -62, 234, -306, -292, 32, 181, 73, -51, 6061, 806, -163, 382, 211, -67, -297, 163,
        22, 150, 5033, -287, 326, -158, 98, 129, -249, 18, -43, 164, 7069, -591, 271, 279, 164, -275, 110,
        -45, -65, -43, 4568, -37, 174, -305, 267, -189, -135, -62, 82, 83, 6384, 134, -196, 368, -11, -160,
        -248, 145, 141, -38, 5834, 255, -250, 212, 211, 95, -39, -125, -2, -128, 5293, -119, -129, -60, 112,
        167, 218, -103, 198, -23, 6282, 484, 205, -188, -49, -173, 165, -77, -177, -68, 4559, 445, 302,
        -150, -242, -134, -233, 4, 10, -1, 4846, -199, 175, 206, -74, 181, 81, 81, -69, 50, 6831, 223, -234,
        -222, 100, -12, 238, -22, -133, 34, 8025, 490, 199, 140, -141, 93, 19, -35, -184, -106, 8550, -322,
        97, 205, -9, -136, 200, -105, -18, -112, 7408, 6, -188, -183, 3, -25, -212, 111, 103, -114, 5116,
        -67, 29, 44, -71, 145, 151, 74, 63, 163, 4672, 189, -87, -205, 124, 3, -124, 60, 109, -81, 7485,
        -139, 87, -172, 68, -70, 138, -8, 127, 28, 5964, -315, 109, -68, -63, -119, 22, 14, -120, -128,
        6027, -235, 170, 143, -67, 53, -24, -46, 66, 107, 4754, -302, 154, 7, -104, -62, 98, 26, -74, -20,
        4972, -87, 21, -14, -106, 6, 118, -109, -110, -37, 4472, -287, -20, 4, -128, -91, 81, 72, -106, 37,
        4304, -118, 96, 76, -35, 18, 18, -15, -108, 64,
    ], [
        127, -51, -52, -26, 15,
    ]),
    ([
        7334, -252, -97, 49, 87, -83, -28, -112, 45, 78, 7116, -92, -32, 38, -37, -58, 80, -44, -56, 24,
        5021, -173, 132, -13, -98, 124, 109, -77, -87, -111, 4896, -245, -166, -137, -83, 113, -74, -150,
        -69, 109, 5274, -33, 117, -170, -62, 3, -34, 41, 83, -113, 6943, -146, 65, -104, 80, -12, -92, 14,
        -16, -5, 4673, -72, -184, -149, 70, -129, 137, 88, -49, -107, 6858, 171, 171, 211, -163, -79, -28,
        -110, 6, -82, 6581, 69, -191, -32, -3, 28, 133, -191, 58, 28, 6425, -459, 208, -15, 176, 83, 122,
        -93, 150, 24, 4461, -47, 28, -252, -97, -16, -82, -11, 35, 40, 5815, -196, 173, -307, 137, -240,
        176, 202, -46, -83, 5472, -510, 23, -283, 86, 148, -114, 127, -101, 131, 3832, -243, -62, -9, -49,
        252, -260, -58, -29, 84, 8178, -730, 303, 257, 20, 213, 90, -181, 164, 42, 7160, -465, -266, 52, 92,
        78, 13, -68, 45, -24, 8434, -766, 75, -105, -65, -163, -188, 118, -174, 7, 8216, -489, -42, 87,
        -232, 287, -41, 211, -221, -122, 6977, -661, -48, 11, -347, 87, 31, -183, -208, -192, 7536, 545,
        -20, 158, 392, 33, 127, 173, 67, -64, 8424, 958, -54, 329, 232, -335, -53, 119, 17, -42, 8585, -751,
        155, 368, -76, 102, -73, -181, -149, 174, 7605, 329, 375, -120, 14, 273, -136, 116, 188, -133, 5134,
        -87, -183, -259, -288, 156, -79, 108, -83, 29, 4258, 573, 301, -315, 65, 59, -9, 104, 205, 149,
        6549, 388, -279, -46, -359, -26, 211, 100, 205, -54, 4659, -165, 326, 302, 164, -264, 30, -200, -45,
        137, 6700, -334, 87, 165, 344, 246, 94, 108, 224, 100, 4959, -862, -140, 135, -72, -120, 48, -64,
        -7, 14, 7801, -565, 121, 87, 185, -72, -255, -244, 206, -132, 5392, -230, 132, 402, -120, -19, -112,
        186, -60, -70, 8367, -83, -179, -275, 75, -267, -76, 214, 81, -161, 5972, -770, 115, -153, -270,
        132, -238, 109, -85, -163, 6187, -719, 255, 287, 105, 51, -20, -70, -106, -66, 7197, 39, 83, 238,
        -312, -292, 191, 78, 137, -18, 4728, -564, -106, -210, -198, -73, 16, 88, -92, 150, 6439, -557, 292,
        21, -180, -43, -144, -121, 186, -106, 7178, -75, -163, -242, -108, -123, -6, -100, 123, -22, 8418,
        284, -171, 156, 139, 129, -169, -31, -150, 74, 6864, 181, 174, -234, -191, 26, -184, 118, 92, 87,
        6544, 119, -137, -208, -37, 41, 143, 26, -1, -22, 4542, -113, -57, 108, 96, 12, -145, -10, -116, 64,
        5119, -76, 146, 69, -70, -58, 27, -57, -92, 127, 7601, -28, 192, 112, -169, -61, -49, -2, 122, 107,
        5498, -264, 16, 114, -121, 80, 110, 75, 16, -120, 6910, -316, 51, -158, 30, -10, 74, 89, 44, -17,
        7036, -81, 105, -46, -19, -74, 39, -64, 45, 7, 5604, -226, 90, 31, 33, -129, -27, -63, 10, 95, 5070,
        -298, -7, -124, -51, -76, -63, -12, 103, 10,
    ], [
        -7, -18, 49, 11, 28,
    ]),
    ([
        7642, -291, 9, -116, -101, -13, -105, 70, -25, 112, 6908, -308, -66, 54, -34, 21, -23, -25, -81,
        -24, 6050, -268, -51, 85, 80, 67, 17, -54, 51, 16, 7763, -82, -62, -110, -116, -37, 19, -144, -30,
        -19, 7956, -150, -15, -149, 2, -21, -119, 14, 45, -41, 7384, -229, -105, 133, -113, 124, -122, 71,
        96, -90, 6738, 133, 130, -127, 111, 15, 133, -148, 43, 105, 5480, 35, 211, 174, 46, 152, 19, 160,
        -184, -4, 6114, 95, 124, -122, 158, -109, 123, 168, -125, 153, 5391, -199, 36, -143, 145, 32, 109,
        16, 85, 116, 4573, 242, 8, 81, -72, -12, 204, 180, -180, 106, 8437, -405, -194, 162, -169, 170, 25,
        -213, -94, -89, 4037, 364, 107, -143, 74, -116, 72, 62, 50, -185, 6949, -236, 9, 110, -254, 89, -86,
        -18, -187, -11, 4702, 190, 274, -154, -231, 160, -184, -102, -211, -2, 6704, -980, 185, 67, -46,
        -256, -273, -75, 163, 141, 4730, -237, -118, -242, -138, 204, 229, 143, 31, 63, 4433, 427, -220,
        130, 280, -297, 159, -136, 10, -21, 7281, 511, 405, -254, -416, 274, -167, 202, -10, -34, 5162,
        -132, 234, -76, 371, 108, -23, -266, 14, -210, 5612, -141, -9, 234, 314, -158, -135, 53, -119, -185,
        4829, 104, 304, 144, 393, -223, 139, -222, 1, 117, 6947, 500, -302, -143, -59, 167, -243, 103, -131,
        30, 7902, -555, 89, -116, -274, -3, 80, -207, -8, -19, 8900, 272, 197, -142, -227, 186, -243, -177,
        -150, -61, 4605, 941, -51, -29, 187, -26, 199, -212, 229, 132, 5340, -927, -225, 377, 151, 49, -145,
        -128, -98, 118, 6371, -711, 260, -110, 309, 46, 211, -48, -72, 90, 7338, 151, 77, -147, -388, -240,
        -224, -20, 42, 71, 8047, 279, 225, -168, -272, -108, 29, 41, 92, -132, 5373, -289, 55, 204, 271,
        -190, 116, 80, -8, -163, 6097, 486, 0, 336, -323, -59, -18, -206, -178, 102, 8595, 567, -16, 211,
        -344, -178, -179, -174, 172, 0, 6754, 208, -83, -191, -254, -13, 213, -139, 66, 114, 7547, -162,
        -89, -208, 305, 37, 144, -63, 133, -171, 4099, -340, -221, -136, 37, 181, 63, -232, -54, 124, 8180,
        778, -175, -201, -83, -94, -3, -90, 66, 17, 6524, 223, 153, -248, -129, -9, 131, 87, -110, -31,
        4855, -375, -235, -69, -212, 113, -151, 142, -38, 143, 8025, -231, 6, -37, -235, 178, -25, -4, 157,
        -56, 6139, -475, -15, -120, 50, 82, 66, 18, -111, 153, 5323, -84, 44, 30, 139, 113, -77, 30, 6,
        -107, 4813, -378, 148, -157, -161, -145, -30, 51, 109, 32, 7539, -170, 126, 53, -26, -22, -113, 75,
        78, -120, 5498, -298, -90, -2, 154, 106, 10, 23, -11, -7, 7813, -326, -43, 32, 50, 52, -90, 79, -35,
        15, 5002, 3, 159, -127, 52, 77, -72, -115, -41, -28, 7233, -270, 112, -121, 118, 53, 19, 70, 107,
        -109, 4409, -54, -28, -77, -33, -36, 63, -69, 41, -47,
    ], [
        41, -10, 44, -19, -24,
    ]),
    ([
        5189, -166, -106, -84, 45, 72, 37, -71, 72, -4, 7041, -302, -23, -15, 89, -72, -14, 54, -53, 30,
        6519, -86, 147, 17, -116, 17, -95, -66, -115, 35, 6382, -109, -54, -107, -85, 25, 24, 93, 35, 86,
        7803, -152, -131, -126, 133, -43, 81, 70, -136, 61, 4588, -248, -113, -100, 107, -129, -53, -151,
        64, -44, 4589, -423, -26, 149, -97, -60, -63, 115, 86, 142, 7255, -38, 28, 92, -174, 36, -156, 102,
        91, 48, 8053, 113, 26, 22, -171, -99, -22, -219, -22, -89, 5446, 37, -36, -67, -211, 116, 28, 147,
        163, 75, 4443, 160, -174, -99, -163, 157, -111, 178, 23, -75, 5082, -475, 263, -172, -20, 8, 100,
        -218, 7, -37, 7300, 838, 11, -215, -43, 12, 253, -54, -159, -79, 7309, -92, -118, 308, -36, 38, -90,
        -252, 12, 144, 6628, 19, -260, -64, -6, -264, -6, -212, -139, -82, 3986, 255, 211, 239, -101, -321,
        -44, 62, -96, 44, 4190, -670, -28, 100, 166, 152, -25, 184, 60, -185, 4605, -127, 35, 81, -235, 243,
        170, 66, 101, -191, 5058, 455, -57, 315, -72, -139, 244, 185, 209, 184, 8348, -266, 390, -178, -339,
        10, -210, -245, 64, -161, 6201, 3, -40, -331, -426, 286, 219, -196, 61, -57, 7981, -113, -79, 218,
        -172, 288, -221, -98, 154, 122, 8301, -639, -186, -184, -424, 41, 132, -141, 35, 99, 4348, -95, 403,
        -66, 354, 95, 261, 142, -57, -33, 6939, -3, 134, 219, -206, -239, 193, 144, 192, 29, 7604, 973, 80,
        -6, -437, -268, 192, -125, 30, -15, 7774, -406, 188, 144, 376, 55, -53, 210, -203, 0, 5654, -178,
        -122, -252, 257, 213, -132, -38, 115, 128, 6187, 58, -74, -248, -394, -43, 206, 7, -198, 171, 5230,
        -678, 113, -255, 285, -87, 59, 154, -217, -15, 8499, 310, 255, 183, -288, 90, -208, -201, -143, -97,
        8254, -912, 174, 252, -304, -94, -202, -181, 186, 73, 5366, -169, -46, -86, -138, 132, 200, -80,
        -172, 44, 8400, 107, -61, -124, 334, -269, 93, 191, -70, -101, 6732, -293, 94, -62, 182, -251, 251,
        -7, -150, 152, 8656, 927, 177, -77, -345, 188, -24, 118, 156, 76, 4797, 19, -231, -36, -23, -45,
        107, 144, 54, -94, 6562, 370, -107, -177, -176, -191, 219, -118, -156, 14, 5310, -510, 58, 158, 38,
        95, 182, -2, -86, -103, 5141, -188, -172, -48, -175, 119, -166, 119, 123, -92, 6879, 45, 105, 39,
        -111, 140, 102, 93, -132, -6, 7601, -242, -216, -83, 3, -65, -26, -108, -68, 71, 4185, 107, -191,
        -177, 68, -151, -136, 16, -15, -97, 5655, -30, 177, -158, -106, 68, 25, 41, -74, -8, 7493, -325, 24,
        1, -67, 24, -117, -72, 101, 47, 4249, -269, 47, 60, -55, -6, 20, -22, 50, -12, 4912, -114, -151,
        -109, 69, 10, 80, 40, 73, -12, 6961, -40, 83, 7, 118, -11, 86, 19, -111, -37, 4965, -230, -19, 1,
        -69, -35, 32, 62, -93, -3,
    ], [
        51, -80, -87, 80, 82,
    ]),
    ([
        5997, -40, -127, -49, 107, 32, -18, 8, 91, 23, 5035, -208, -33, -137, -109, 80, 17, 75, -54, 112,
        7079, -265, 7, -122, -76, 0, 79, 105, 7, 19, 5351, -171, -150, 139, -45, -70, 81, -103, -30, -28,
        4707, -292, 6, -33, -46, 81, -43, 23, -2, -54, 7401, -271, -18, -100, -8, -32, -16, -93, -33, -35,
        7915, 71, -51, -199, -71, -41, 78, 104, -143, 70, 7841, -278, -4, -95, -181, 141, 44, -190, -116,
        -129, 4330, -496, 158, 79, 34, -123, 180, 65, -71, 114, 4429, -108, -244, -205, -7, 161, -208, 14,
        -156, -68, 4369, 87, -169, -210, 98, -132, 54, 35, -173, -131, 7897, 19, -227, 35, -272, -88, 29,
        182, -41, 152, 7910, 586, 333, 139, -228, 92, 144, -103, 101, 135, 5231, 793, -110, 203, -290, -34,
        -196, -246, -105, 192, 8158, -316, 319, -211, -106, 193, -60, 171, 118, -39, 7776, 912, -210, 12,
        181, 141, -131, 162, -30, 33, 8549, 532, -263, -6, -55, -228, 159, -169, -135, 1, 7222, -256, 304,
        78, -308, 104, 189, -102, 152, -5, 7357, -90, -60, 220, -330, 138, -2, 9, 73, -125, 8270, 324, -173,
        110, -346, 53, -25, -279, 54, -20, 7151, -372, -281, 215, -261, -174, -271, 208, -229, 65, 8699,
        355, 1, 374, 167, -191, -39, 216, 183, 85, 7469, 809, 118, -146, -199, 24, -261, 15, 117, 132, 4760,
        131, 209, -178, -307, 103, -186, -96, 15, 142, 7980, -730, 66, 103, -339, -169, 89, 23, 233, 185,
        4398, 381, 67, 122, -22, 176, -149, -145, -69, 80, 6119, -500, 3, 32, 248, 148, 242, -248, 16, 112,
        5654, -21, 173, 5, -158, 86, -149, 12, -151, 54, 4632, 398, 185, 171, 56, 184, -306, 97, 170, -163,
        6270, -927, 362, -90, 25, 65, 95, 221, 126, 101, 8312, 288, -99, -117, 7, -86, -23, -166, -30, -12,
        4238, -581, -192, -81, -114, -196, -2, 32, -155, -132, 5568, -398, -121, -114, 110, -53, -150, 43,
        -175, -49, 5828, -451, 376, 269, -316, -240, -122, -66, -148, -6, 7255, -633, 142, 150, 3, 242, 253,
        -202, 50, 97, 4178, -355, 251, 135, -198, 219, -156, 16, -62, 130, 7770, 121, -14, -46, 215, 106,
        -9, -101, -139, -152, 4735, -361, 216, -236, -188, 199, 76, 51, 28, -111, 7773, -18, 49, -100, -169,
        169, 133, -155, 125, -2, 7353, -85, 28, 185, 159, 154, 114, 61, -25, -59, 5539, 204, 25, -158, -106,
        0, -123, -131, 35, -2, 5209, 65, -126, 15, 161, 87, -162, 70, 120, -19, 5071, -421, -164, 52, 145,
        66, 76, 2, -76, -48, 7894, -204, -4, 74, 152, 98, -37, -103, -127, 68, 6465, -24, 142, 25, -59,
        -117, 84, -52, -112, -77, 5779, 2, -131, 56, -7, -114, 24, -6, 48, 20, 5720, -55, 47, -136, -120,
        -96, 23, -54, -104, -87, 6267, -77, 6, 40, 58, 70, -27, -15, 31, -60, 4259, -194, -125, -78, -15,
        -94, 114, -80, -73, 103,
    ], [
        44, 46, -89, 6, -9,
    ]),
    ([
        4851, -153, -131, -98, -74, 11, -34, 19, 106, -33, 4649, -300, -114, -88, 103, -16, 1, -64, -110,
        77, 5339, -25, 180, 41, 88, -13, -80, -41, 23, 13, 6124, -377, -92, 28, 113, -110, -52, 72, 16, -19,
        7557, -255, -160, -44, -135, -125, -32, 69, 59, -110, 6354, -166, 64, -29, 91, -136, 86, -51, 50,
        101, 6755, -45, 140, -93, -91, 65, -79, -33, -39, 96, 6479, 58, 121, -153, -49, -106, 90, -31, 81,
        -88, 5231, 52, -80, -41, -174, 61, 163, -188, -164, 91, 5700, -101, 4, -31, 128, -81, -7, 158, 127,
        -68, 7906, -576, -188, 265, -111, 44, -115, -156, -103, -63, 6297, -823, 321, -77, -56, -137, -83,
        -136, -129, 124, 7575, -814, 301, 106, 187, 175, -188, 23, 60, -165, 7249, 407, 74, 1, -83, -265,
        150, -85, 70, 107, 7204, 58, 188, -52, 109, 83, -113, -244, 6, -10, 5832, 421, -31, -97, -323, 234,
        -256, -217, 156, -30, 5096, 3, 62, -31, 117, -181, -120, -232, -69, 96, 6974, 805, -178, 116, 306,
        -129, -184, 35, 225, -120, 7072, -312, 405, 50, 298, -21, -234, 150, -134, 17, 8618, -227, -125,
        345, 265, 272, 231, -18, -166, -68, 4206, -827, 407, 151, 143, 254, 58, -204, 63, -160, 8774, -395,
        269, -206, 15, 298, -192, -228, -126, -189, 5787, -542, 104, 68, 247, 192, 320, -40, 144, 54, 3955,
        761, -229, -259, 93, 28, -31, 121, -216, 85, 6499, -968, 329, 249, 303, -332, 140, -67, 79, 13,
        8369, 88, 11, 349, 146, -236, 239, 151, 205, -20, 7384, -873, -191, 89, -291, -150, -27, -215, -59,
        56, 6041, 520, 154, 83, -167, 109, -212, -140, 41, -208, 8470, 414, -115, -264, -83, 76, 41, 9, -59,
        111, 6232, 302, 188, 384, 92, -189, -251, -125, 145, -64, 4100, 866, -110, 1, 244, 227, -168, -144,
        -190, 86, 5796, 68, 295, -190, 166, 236, -221, 38, -71, -66, 6357, 495, -250, 287, 143, -237, -49,
        174, -22, 88, 3974, -313, 87, 107, -40, -45, -132, -196, -153, -188, 6034, -835, 221, 200, 308, 12,
        -22, -120, 152, 153, 8125, 681, -188, 6, 58, 208, -129, -82, -127, -127, 7946, -945, 180, -216,
        -152, -278, 254, -117, -69, 8, 6024, -435, 324, 69, -316, 99, -89, -40, 6, -31, 7716, 27, -206, 176,
        107, -58, -18, 79, 50, -43, 4996, 134, 117, 53, -77, 183, -123, -158, -97, -112, 7056, 50, -202,
        -174, 135, 130, -30, 91, 89, 29, 7015, 111, 142, -200, 172, -133, 90, -99, -91, -64, 5522, 110,
        -122, 132, 22, 3, 5, 41, 44, 78, 4589, -159, 31, 126, 51, 106, 1, -34, 44, -97, 5105, -117, -133,
        41, 111, -60, 2, 35, -85, -82, 5060, -235, -86, 51, -37, -9, -103, -8, -101, -108, 7365, -152, -146,
        11, 111, 1, -120, -30, 111, 63, 4472, -199, -123, 75, -82, 16, 103, 89, -62, 44, 6091, -149, 118,
        -90, -106, 38, 72, -86, -92, 67,
    ], [
        116, 51, -53, 127, -42,
    ]),
    ([
        5042, -112, 51, 34, -53, 91, -2, 82, 60, 113, 7354, -107, 131, -30, -21, 8, 75, -62, -85, -52, 7715,
        -179, -93, 53, 25, 113, 10, 122, 16, -15, 7915, -16, -123, 68, 135, 37, -46, -89, 67, -4, 5519,
        -184, -122, -116, 28, 21, -76, 14, -54, 120, 7695, -382, 52, -34, -124, 30, 17, -105, -23, 85, 6436,
        -42, 105, 157, -47, -31, 11, 30, -103, 68, 4600, 133, 145, -180, 8, 47, -90, -132, 67, -52, 7845,
        35, -76, 79, -191, -184, -140, 135, -138, -147, 6081, -156, 128, -211, 98, 121, -94, -168, 57, 152,
        5703, -456, -96, -27, -93, -152, 177, -122, 123, -101, 7762, 221, 43, 85, 221, 0, 54, 109, -48,
        -122, 3919, -933, 231, -37, 20, -124, 222, -174, -11, -196, 5411, -826, 49, -63, 17, 142, 86, -47,
        -186, 144, 4523, -621, 279, 293, -137, 241, 182, 101, -52, -129, 7557, 548, -234, 273, 204, 173,
        -214, -8, -228, -59, 6678, 3, 27, 267, -282, -173, 42, -243, -152, -58, 6115, 250, 356, -273, 214,
        -302, 3, -24, 68, 171, 5400, -447, 265, -300, -449, -117, 285, -98, -193, 188, 5509, 419, 160, -36,
        -455, 185, 21, -32, -122, 43, 5574, 464, 81, 285, 184, 133, -77, 93, -164, -111, 4319, -379, 315,
        121, -62, -128, 81, -90, 210, 184, 5304, -134, 347, 294, 306, -80, 323, 109, -221, 70, 6998, 656,
        61, 178, -303, -86, -295, 59, -113, -33, 4138, -193, -125, -310, -433, -289, 248, 119, -74, -193,
        4915, -258, -230, -218, 6, 204, -291, -162, -58, 105, 8572, 914, -84, 262, -207, 28, 183, -113, -36,
        -170, 5634, 771, 346, -261, -83, -324, 38, 195, -72, 124, 5976, 166, -251, -157, 281, -268, -49,
        133, -133, -155, 4341, -263, -138, 259, 261, -63, 59, 167, -137, 173, 4100, -611, 63, 344, 169, 55,
        82, 92, 108, 121, 6191, -205, -173, 229, 75, -96, 80, -153, 30, -39, 6174, -534, -73, 273, 97, -187,
        -240, -243, -199, 87, 4749, -516, 192, -246, -64, -13, 74, 21, -116, 124, 6635, -691, 351, 8, -195,
        114, -76, -250, 127, -60, 6319, 643, -25, -98, -74, 175, 2, -186, -125, 118, 6498, 727, -270, -7,
        -333, 26, 133, 194, -128, 125, 6159, 736, 61, 33, -237, -215, -153, -15, 81, -121, 8190, -355, 218,
        -115, -230, -136, -8, -184, -65, 147, 4597, 174, -215, -68, -193, -85, -10, 25, 55, -74, 6332, 1,
        67, -217, -7, -27, 46, 91, 20, -143, 8089, -41, 266, -219, 15, 116, -107, 112, 108, 101, 5184, -10,
        -185, 57, 158, -156, -78, 114, 33, 31, 6488, -370, 109, 22, 39, 31, 70, -35, -9, 118, 6994, -80,
        -115, 55, 105, -70, -14, -112, -42, 97, 7185, -296, -82, -79, 37, 53, -52, -101, -33, 7, 6902, -162,
        61, -64, 86, 107, -63, -64, -19, -10, 7278, -91, -88, 29, -39, -32, 39, -49, -91, -72, 6196, -94,
        -106, -45, 19, -94, 27, -40, -20, -17,
    ], [
        9, 16, -109, 17, -55,
    ]),
];

/// Whether all rows that travel with the model have the outputs that they should.
fn test_rows() -> bool {
    TEST.iter().all(|(row, outputs)| infer(&features(row)) == *outputs)
}

/// The raw values of the windows of the recording.
static TEST_WINDOWS: [[i32; INPUTS]; 2] = [
    [
        9191, -176, 33, -19, 23, 22, 56, 21, -4, 17, 9219, -210, -28, -33, 28, 48, -3, 12, 37, 33, 9251,
        -142, 34, -7, 30, 2, 4, 22, -6, 0, 9156, -158, 44, -14, 3, 38, 56, -10, 4, -39, 9183, -185, -51,
        -96, -19, -66, -66, -20, -29, -8, 9165, -198, 10, 0, 55, 0, -30, -15, 21, 6, 9215, -175, -33, 7, 57,
        40, 65, 36, 19, -4, 9266, -123, 36, -21, -14, 20, 31, -1, 11, 22, 9224, -96, 22, -27, 11, -40, -5,
        -19, -32, -9, 9187, -180, -27, -49, -6, 3, 11, -3, -2, -11, 9212, -158, 22, -12, 16, 64, 19, -11,
        13, 80, 9179, -225, -22, -65, -47, -6, 25, 45, 19, 30, 9298, -120, -3, -40, -35, 3, 20, 7, 1, 27,
        9216, -154, 2, -13, 9, -10, 17, -2, 32, 47, 9245, -131, -10, -24, 43, 58, 95, 28, 3, 11, 9183, -203,
        -7, -60, 6, 28, -5, 6, 17, 43, 9194, -161, 62, -26, -11, 9, 10, 13, 6, 39, 9209, -193, -23, -40,
        -24, -37, -71, -35, -29, -1, 9445, -199, -47, -38, -15, -55, -50, -26, 20, -10, 9596, -152, 38, -8,
        -17, -10, -10, 2, 7, -18, 9567, -179, 31, -70, 10, -26, -16, -9, 24, 6, 9612, -170, -46, -39, -54,
        -23, -14, 19, 32, -38, 9608, -148, -8, -6, -18, -38, -66, -16, 34, 11, 9598, -200, -25, -26, -6, 23,
        -1, -35, -26, 4, 9581, -205, -6, -1, 52, 46, 19, 40, 68, 10, 9603, -166, -8, 24, 42, 11, 20, 16,
        -26, 23, 9572, -206, 5, -19, -54, -78, -33, -8, -4, -10, 9613, -156, 14, -10, -25, -14, -5, -16, 5,
        -12, 9594, -160, -1, -45, -33, -22, 40, -8, -48, -7, 9598, -168, 4, -22, 44, -29, -11, 4, 18, -20,
        9597, -183, 10, -28, -32, -16, 32, 28, 10, 3, 9555, -225, -22, -6, 4, 7, -17, 13, -23, -2, 9600,
        -166, 6, -27, 0, 1, 16, -33, -44, -29, 9589, -167, -22, -89, -54, -4, -13, -18, -52, -4, 9572, -215,
        -71, -78, -16, 4, 32, -11, -7, 9, 9550, -224, 1, -14, -9, 36, 34, 9, -31, 1, 9613, -149, 30, -5, 19,
        48, 51, 15, -29, -36, 8855, -79, 88, -67, -68, 5, -68, -3, -30, -36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0,
    ],
    [
        9603, -166, -8, 24, 42, 11, 20, 16, -26, 23, 9572, -206, 5, -19, -54, -78, -33, -8, -4, -10, 9613,
        -156, 14, -10, -25, -14, -5, -16, 5, -12, 9594, -160, -1, -45, -33, -22, 40, -8, -48, -7, 9598,
        -168, 4, -22, 44, -29, -11, 4, 18, -20, 9597, -183, 10, -28, -32, -16, 32, 28, 10, 3, 9555, -225,
        -22, -6, 4, 7, -17, 13, -23, -2, 9600, -166, 6, -27, 0, 1, 16, -33, -44, -29, 9589, -167, -22, -89,
        -54, -4, -13, -18, -52, -4, 9572, -215, -71, -78, -16, 4, 32, -11, -7, 9, 9550, -224, 1, -14, -9,
        36, 34, 9, -31, 1, 9613, -149, 30, -5, 19, 48, 51, 15, -29, -36, 8855, -79, 88, -67, -68, 5, -68,
        -3, -30, -36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 1592, -143, 26, -34, 25, -12, -19, 81, 15, 26, 3390, -174, -29, -90, -21,
        -27, -11, 38, 34, 19, 3389, -161, 24, 0, -3, -29, -20, -7, 28, 10, 3393, -173, 12, -8, 39, 17, -18,
        31, 18, -3, 3441, -149, 17, -13, 34, 2, 17, -13, -14, -6, 3352, -232, -17, -35, -7, 8, -15, -20,
        -15, -23, 3333, -184, 27, -35, -67, -50, -50, -42, -8, 1, 3421, -160, -16, -2, 3, -9, -51, -52, 0,
        29, 3436, -158, 25, -24, 16, -25, 46, 21, -28, -29, 3426, -110, 63, 6, 28, 38, -12, -8, 21, -4,
        3336, -179, -7, -7, -13, -11, 2, 9, -5, -23, 3411, -147, -11, 17, 37, 6, 30, 18, 26, 28, 3399, -173,
        -2, -39, 10, 0, 17, 37, 15, 5, 3338, -199, 27, 17, -5, -31, 19, -6, -9, -35, 3383, -167, 6, -30,
        -11, 6, 44, 20, -28, 9, 3383, -174, 23, -9, 30, 37, 14, -39, -16, -17, 3374, -185, 16, 8, -22, -34,
        11, 6, -41, -21, 3367, -199, -9, -14, 3, -28, -59, -33, -34, -49, 3396, -171, 29, -23, 2, -21, -11,
        18, 17, 11,
    ],
];

/// A sample of the recording of the self test: drawn ones of all sizes, both ends of the range, silence, and drawn ones
/// that are small.
fn test_sample(moment: u32, channel: u32) -> i16 {
    let drawn = moment.wrapping_mul(0x9E37_79B1).wrapping_add(channel.wrapping_mul(0x85EB_CA77));
    let drawn = (drawn ^ (drawn >> 15)).wrapping_mul(0x2C1B_3C6D);
    let drawn = drawn ^ (drawn >> 13);
    let within = |most: u32| (drawn % (2 * most + 1)) as i32 - most as i32;
    let sample = match moment * 4 / (WINDOW + HOP) as u32 {
        0 => within(32767),
        1 if drawn.is_multiple_of(2) => 32767,
        1 => -32767,
        2 => 0,
        _ => within(7),
    };
    sample as i16
}

/// Whether the windows of the recording, which comes twice, have the raw values that they should. Keeps a signal on the
/// stack.
fn test_recording() -> bool {
    let mut signal = Signal::new();
    (0..2).all(|_| {
        signal.restart();
        let mut expected = TEST_WINDOWS.iter();
        let moments = 0..(WINDOW + HOP) as u32;
        moments.into_iter().all(|moment| {
            let samples = core::array::from_fn(|channel| test_sample(moment, channel as u32));
            !signal.take(&samples) || expected.next() == Some(signal.raw())
        }) && expected.next().is_none()
    })
}

/// Whether all rows and windows that travel with the model have what they should.
pub fn self_test() -> bool {
    test_rows() && test_recording()
}

/// Prints the class of a row, its name and the outputs, separated by tabs.
#[cfg(eggroll_main)]
fn print(raw: &[i32; INPUTS]) {
    let outputs = infer(&features(raw));
    let best = argmax(&outputs);
    std::println!("{best}\t{}\t{}", CLASS_NAMES[best], outputs.map(|output| std::format!("{output}")).join(" "));
}

/// Runs the self test, then reads lines of samples from standard input, a decimal number a channel, separated by commas,
/// and prints the number of the sample that completes a window, from 1, and what the model answers. A blank line begins a
/// new recording. Build it by `rustc --cfg eggroll_main`.
#[cfg(eggroll_main)]
fn main() -> std::process::ExitCode {
    static SIGNAL: std::sync::Mutex<Signal> = std::sync::Mutex::new(Signal::new());
    let refuse = |why: std::string::String| {
        std::eprintln!("{why}");
        std::process::ExitCode::FAILURE
    };
    if !self_test() {
        return refuse("self test: rows or windows differ".into());
    }
    let Ok(mut signal) = SIGNAL.lock() else { return refuse("the signal is in use".into()) };
    let mut count = 0u64;
    for (number, line) in std::io::stdin().lines().enumerate() {
        let Ok(line) = line else { return refuse("standard input is no text".into()) };
        if line.trim().is_empty() {
            signal.restart();
            count = 0;
            continue;
        }
        let fields = line.split(',').enumerate();
        let samples: Option<std::vec::Vec<i16>> =
            fields.map(|(at, field)| sample(at, field.trim_matches([' ', '\t', '\r']).as_bytes())).collect();
        let Some(Ok(samples)) = samples.map(<[i16; CHANNELS]>::try_from) else {
            return refuse(std::format!("line {}: not {CHANNELS} numbers", number + 1));
        };
        count += 1;
        if signal.take(&samples) {
            std::print!("{count}\t");
            print(signal.raw());
        }
    }
    std::process::ExitCode::SUCCESS
}

/// The arithmetic of signals: the files of eggroll's firmware as they are. A model uses a part of them.
#[allow(unused_imports)]
pub mod signal {
pub use decision::{Decision, LONGEST_MAJORITY, Smoothing};
pub use extractor::{Extractor, Memory};
pub use filter::{Biquad, BiquadState};
pub use mel::MelBank;
pub use plan::{Block, MelFrames, Plan};

mod bands {
//! The power of a spectrum in bands of equal width.

use super::decibels::decibels;
use super::spectrum::Spectrum;

/// The level of band `at` of `count`, in tenths of a decibel, of a spectrum of `size` samples: that of the
/// bins `1 + at * (size / 2) / count ..= (at + 1) * (size / 2) / count`.
pub fn band(spectrum: &Spectrum<'_>, size: usize, at: usize, count: usize) -> i16 {
    let end = |at: usize| (at * (size / 2)).checked_div(count).unwrap_or_default();
    let power = (end(at)..end(at + 1)).map(|bin| u64::from(spectrum.power(bin + 1))).sum();
    decibels(power, spectrum.exponent())
}
}

mod cepstrum {
//! Coefficients of the cepstrum.

use super::sine::sine;

/// Coefficient `at` of the discrete cosine transform of levels, `sum of L(m) cos(pi at (m + 1/2) / bands) /
/// 4`, rounded down. Of 32 bands it is the orthonormal one but for coefficient 0, which is sqrt(2) times
/// that.
///
/// The levels are those of [`decibels`](super::decibels), of which the sum of 40 fits.
pub fn coefficient(levels: &[i16], at: usize) -> i16 {
    // An angle of 1 / (4 bands) of a turn, in 1/2^32.
    let unit = (1u32 << 30).checked_div(levels.len() as u32).unwrap_or_default().wrapping_mul(at as u32);
    // The cosine is the sine a quarter of a turn on.
    let mut angle = unit.wrapping_add(1 << 30);
    let mut sum = 0i32;
    for &level in levels {
        sum = sum.wrapping_add(i32::from(level) * sine(angle));
        angle = angle.wrapping_add(unit.wrapping_mul(2));
    }
    (sum >> 17) as i16
}
}

mod decibels {
//! The logarithm of a power.

/// Parts of the table of logarithms.
const PARTS: usize = 32;

/// `log2(1 + i / 32)`, in 1/2^16.
pub static LOGARITHMS: [u32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [u32; PARTS + 1] {
    let mut logarithms = [0; PARTS + 1];
    let mut i = 0;
    while i < PARTS {
        // A square doubles the logarithm, and its whole part is the next binary digit.
        let mut value = ((PARTS + i) as u64) << 25;
        let (mut digits, mut digit) = (0, 0);
        while digit < 20 {
            value = (value * value) >> 30;
            digits *= 2;
            if value >> 31 > 0 {
                value >>= 1;
                digits += 1;
            }
            digit += 1;
        }
        logarithms[i] = (digits + 8) >> 4;
        i += 1;
    }
    logarithms[PARTS] = 1 << 16;
    logarithms
}

/// Tenths of a decibel in a doubling, `100 log10(2)`, in 1/2^16.
const TENTHS: u64 = 1_972_830;

/// Ten times the decibels, `100 log10`, of `power * 2^exponent`, rounded down; 0 where that is below 1.
pub fn decibels(power: u64, exponent: i32) -> i16 {
    if power == 0 {
        return 0;
    }
    let zeros = power.leading_zeros();
    // The first digit, which is 1, falls off.
    let digits = ((power << zeros) >> 31) as u32;
    let at = (digits >> 27) as usize;
    let fraction = (digits >> 11) & 0xFFFF;
    let entry = |at: usize| LOGARITHMS.get(at).copied().unwrap_or_default();
    let (from, to) = (entry(at), entry(at + 1));
    let within = from + (((to - from) * fraction) >> 16);
    let whole = i64::from(exponent) + 63 - i64::from(zeros);
    // Beyond 2^1024 nothing fits the answer.
    let logarithm = whole.min(1024) * 65536 + i64::from(within);
    let tenths = (logarithm.max(0).unsigned_abs() * TENTHS) >> 32;
    tenths.min(i16::MAX as u64) as i16
}
}

mod decision {
//! From the answers about windows to an answer about what happened.

/// Most windows of which a majority is taken.
pub const LONGEST_MAJORITY: usize = 32;

/// How the answers about windows that follow one another are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothing {
    /// The class of most of the last windows.
    Majority {
        /// How many windows, 1 to [`LONGEST_MAJORITY`].
        windows: u8,
        /// The least number of them that must be of the class.
        least: u8,
    },
    /// The class of the greatest sum of outputs, each of which counts by `1 / 2^shift` and from then on less
    /// and less.
    Leaky {
        /// 0 to 15.
        shift: u8,
    },
}

/// Takes the answers about windows together. `S` is memory for one i32 a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<S> {
    smoothing: Smoothing,
    /// How far the greatest output must be ahead of the second.
    level: u8,
    /// Windows without an answer after one.
    hold_off: u16,
    /// Windows that are left of them.
    held: u16,
    sums: S,
    /// The classes of the last windows, the latest first; none of a window that was rejected.
    last: [Option<u16>; LONGEST_MAJORITY],
}

impl<S: AsRef<[i32]> + AsMut<[i32]>> Decision<S> {
    /// A decision before the first window.
    ///
    /// `level` is the reject level, 0 to 254: how far the greatest output must be ahead of the second one, of
    /// a window for a majority and of the sums for a leaky sum. `hold_off` is how many windows pass without
    /// an answer after one, so that what happens once is answered once. `sums` holds a number a class.
    pub fn new(smoothing: Smoothing, level: u8, hold_off: u16, mut sums: S) -> Decision<S> {
        sums.as_mut().fill(0);
        Decision { smoothing, level, hold_off, held: 0, sums, last: [None; LONGEST_MAJORITY] }
    }

    /// Begins anew.
    pub fn restart(&mut self) {
        self.sums.as_mut().fill(0);
        self.last = [None; LONGEST_MAJORITY];
        self.held = 0;
    }

    /// Takes the outputs of the model for a window, one a class, and returns the class that is answered.
    pub fn push(&mut self, outputs: &[i8]) -> Option<usize> {
        let found = match self.smoothing {
            Smoothing::Majority { windows, least } => self.majority(outputs, windows.into(), least.into()),
            Smoothing::Leaky { shift } => {
                for (sum, &output) in self.sums.as_mut().iter_mut().zip(outputs) {
                    *sum += ((i32::from(output) << 16) - *sum) >> shift.min(15);
                }
                ahead(self.sums.as_ref().iter().copied(), i32::from(self.level) << 16)
            }
        };
        if self.held > 0 {
            self.held -= 1;
            return None;
        }
        if found.is_some() {
            self.held = self.hold_off;
        }
        found
    }

    fn majority(&mut self, outputs: &[i8], windows: usize, least: usize) -> Option<usize> {
        self.last.rotate_right(1);
        if let Some(first) = self.last.first_mut() {
            let found = ahead(outputs.iter().map(|&output| output.into()), self.level.into());
            *first = found.map(|class| class as u16);
        }
        let last = self.last.iter().take(windows.max(1));
        let count = |class: u16| last.clone().filter(|&&other| other == Some(class)).count();
        // Of classes with as many windows, the one of the latest window is first in line.
        let mut best = None;
        for &class in last.clone().flatten() {
            let votes = count(class);
            if best.is_none_or(|(most, _)| votes > most) {
                best = Some((votes, class));
            }
        }
        best.filter(|&(votes, _)| votes >= least).map(|(_, class)| class.into())
    }
}

/// The first of the greatest values, if it is at least `lead` ahead of all others.
fn ahead(values: impl Iterator<Item = i32>, lead: i32) -> Option<usize> {
    let mut best: Option<(usize, i32)> = None;
    let mut second: Option<i32> = None;
    for (class, value) in values.enumerate() {
        match best {
            Some((_, greatest)) if value <= greatest => second = Some(second.map_or(value, |s| s.max(value))),
            _ => {
                second = best.map(|(_, greatest)| greatest);
                best = Some((class, value));
            }
        }
    }
    let is_ahead = |greatest: i32| second.is_none_or(|second| greatest.saturating_sub(second) >= lead);
    best.filter(|&(_, greatest)| is_ahead(greatest)).map(|(class, _)| class)
}
}

mod extractor {
//! The features of a signal's windows, one sample at a time.

use super::bands::band;
use super::cepstrum::coefficient;
use super::filter::{BiquadState, Filters};
use super::plan::{Block, MOST_MEL_BANDS, MelFrames, Plan, size_of_fft};
use super::spectrum::Spectrum;
use super::statistics::Statistics;

/// What an extractor works in. The lengths are those that its plan says; one memory serves one extractor.
#[derive(Debug)]
pub struct Memory<'m> {
    /// The last samples of each lane: [`Plan::ring`] of them.
    pub ring: &'m mut [i16],
    /// What was computed of the last frames: [`Plan::frames`].
    pub frames: &'m mut [i16],
    /// For transforms: [`Plan::scratch`]. It holds nothing between samples.
    pub scratch: &'m mut [i16],
    /// The state of each filter, channel by channel: [`Plan::states`].
    pub filters: &'m mut [BiquadState],
}

/// Where a signal is: how much of a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extractor {
    /// Where in its ring the next sample of a lane goes.
    at: usize,
    /// The samples of a lane that are kept: [`Plan::kept`], which is asked for with every sample.
    kept: usize,
    /// Samples until the next window is complete.
    until_window: u32,
    /// Samples until the next frame is complete.
    until_frame: u32,
    /// Frames so far, up to the number that windows have and from 0 again.
    frame: usize,
}

impl Extractor {
    /// The extractor before the first sample.
    pub const fn new(plan: &Plan<'_>) -> Extractor {
        let (kept, until_frame) = (plan.kept(), plan.frame() as u32);
        Extractor { at: 0, kept, until_window: plan.window, until_frame, frame: 0 }
    }

    /// Begins a new recording: what came before counts no more.
    pub fn restart(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        *self = Extractor::new(plan);
        memory.filters.fill(BiquadState::NEW);
    }

    /// Takes the samples of all channels at one moment, each in `-32767..=32767`.
    ///
    /// Whether a window is complete. Then its [`Plan::features`] features are in `features`: block by block,
    /// in each lane by lane, and of a lane by time, frequency or number. The first window is complete after
    /// [`Plan::window`] samples, each further one after [`Plan::hop`] more.
    pub fn push(
        &mut self,
        plan: &Plan<'_>,
        memory: &mut Memory<'_>,
        samples: &[i16],
        features: &mut [i32],
    ) -> bool {
        self.store(plan, memory, samples);
        // Without frames it stays 0.
        if self.until_frame > 0 {
            self.until_frame -= 1;
            let complete = if self.until_frame == 0 { plan.mels().next() } else { None };
            if let Some(mel) = complete {
                self.until_frame = mel.step.into();
                self.frames(plan, memory);
            }
        }
        self.until_window = self.until_window.saturating_sub(1);
        if self.until_window > 0 {
            return false;
        }
        self.until_window = plan.hop;
        self.window(plan, memory, features);
        true
    }

    /// Stores a sample of each lane. Nothing here divides, which a core without the instruction feels.
    fn store(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>, samples: &[i16]) {
        let mut states = &mut *memory.filters;
        let mut squares = 0u32;
        let mut place = self.at;
        let mut put = |sample| {
            if let Some(place) = memory.ring.get_mut(place) {
                *place = sample;
            }
            place += self.kept;
        };
        for &sample in samples.iter().take(plan.channels.into()) {
            let (of_channel, rest) =
                core::mem::take(&mut states).split_at_mut_checked(plan.filters.len()).unwrap_or_default();
            states = rest;
            let sample = Filters(plan.filters).push(of_channel, sample);
            let size = u32::from(sample.unsigned_abs());
            squares = squares.saturating_add(size * size);
            put(sample);
        }
        if plan.magnitude {
            put(squares.isqrt().min(32767) as i16);
        }
        self.at = if self.at + 1 < self.kept { self.at + 1 } else { 0 };
    }

    /// The last samples of a lane: the older ones, and behind them the newer ones.
    fn last<'r>(&self, lane: &'r [i16], count: usize) -> (&'r [i16], &'r [i16]) {
        let (newer, older) = lane.split_at_checked(self.at).unwrap_or_default();
        match count.checked_sub(newer.len()) {
            None | Some(0) => (newer.get(newer.len() - count..).unwrap_or_default(), &[]),
            Some(rest) => {
                let before = older.len().saturating_sub(rest);
                (older.get(before..).unwrap_or_default(), newer)
            }
        }
    }

    /// Computes what each block wants of the frame that is complete.
    fn frames(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        let mut count = 0;
        let mut stored = &mut *memory.frames;
        for mel in plan.mels() {
            let width = mel.width();
            count = mel.frames(plan.window);
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                let Some((of_lane, rest)) = stored.split_at_mut_checked(count * width) else { return };
                stored = rest;
                let Some(scratch) = memory.scratch.get_mut(..mel.fft()) else { return };
                let spectrum = Spectrum::new(self.last(lane, mel.frame.into()), 0, scratch);
                if let Some(out) = of_lane.chunks_exact_mut(width.max(1)).nth(self.frame) {
                    of_frame(&mel, &spectrum, out);
                }
            }
        }
        self.frame = if self.frame + 1 < count { self.frame + 1 } else { 0 };
    }

    /// Computes the features of the window that is complete.
    fn window(&self, plan: &Plan<'_>, memory: &mut Memory<'_>, features: &mut [i32]) {
        let mut out = features.iter_mut();
        let mut put = |value: i32| {
            if let Some(out) = out.next() {
                *out = value;
            }
        };
        let mut stored = &*memory.frames;
        let window = plan.window as usize;
        for block in plan.blocks {
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                match block {
                    Block::Raw => {
                        let (older, newer) = self.last(lane, window);
                        older.iter().chain(newer).for_each(|&sample| put(sample.into()));
                    }
                    Block::Bands { count } => {
                        let samples = self.last(lane, window);
                        let size = size_of_fft(window);
                        let Some(scratch) = memory.scratch.get_mut(..size) else { return };
                        let spectrum = Spectrum::new(samples, mean(samples), scratch);
                        let count = usize::from(*count);
                        (0..count).for_each(|at| put(band(&spectrum, size, at, count).into()));
                    }
                    Block::Mel(mel) => {
                        let width = mel.width();
                        let count = mel.frames(plan.window);
                        let (of_lane, rest) = stored.split_at_checked(count * width).unwrap_or_default();
                        stored = rest;
                        let (newer, older) = of_lane.split_at_checked(self.frame * width).unwrap_or_default();
                        older.iter().chain(newer).for_each(|&value| put(value.into()));
                    }
                    // Statistics have places here, and are put there below.
                    _ => put(0),
                }
            }
        }
        self.statistics(plan, memory, features);
    }

    /// Computes the features that are statistics: those of a lane all at once, each to its place.
    fn statistics(&self, plan: &Plan<'_>, memory: &Memory<'_>, features: &mut [i32]) {
        if !plan.blocks.iter().any(is_statistic) {
            return;
        }
        let lanes = plan.lanes();
        for (number, lane) in memory.ring.chunks_exact(self.kept.max(1)).enumerate() {
            let (older, newer) = self.last(lane, plan.window as usize);
            let found = Statistics::of(older.iter().chain(newer).copied());
            let mut place = number;
            for block in plan.blocks {
                let out = if is_statistic(block) { features.get_mut(place) } else { None };
                if let Some(out) = out {
                    *out = of_statistics(block, &found);
                }
                place += plan.width(block) * lanes;
            }
        }
    }
}

/// The mean of samples, rounded down.
fn mean(samples: (&[i16], &[i16])) -> i32 {
    let sum: i32 = samples.0.iter().chain(samples.1).map(|&sample| i32::from(sample)).sum();
    let count = samples.0.len() + samples.1.len();
    sum.checked_div_euclid(count as i32).unwrap_or_default()
}

const fn is_statistic(block: &Block<'_>) -> bool {
    !matches!(block, Block::Raw | Block::Bands { .. } | Block::Mel(_))
}

/// Computes what is wanted of a frame.
fn of_frame(mel: &MelFrames<'_>, spectrum: &Spectrum<'_>, out: &mut [i16]) {
    if mel.coefficients == 0 {
        return mel.bank.levels(spectrum, out);
    }
    let mut levels = [0; MOST_MEL_BANDS];
    let Some(levels) = levels.get_mut(..mel.bank.bands()) else { return };
    mel.bank.levels(spectrum, levels);
    for (at, out) in out.iter_mut().enumerate() {
        *out = coefficient(levels, at);
    }
}

/// The feature of a block that is one of the statistics; 0 for any other.
fn of_statistics(block: &Block<'_>, found: &Statistics) -> i32 {
    match block {
        Block::Mean => found.mean,
        Block::Spread => found.spread,
        Block::Least => found.least.into(),
        Block::Greatest => found.greatest.into(),
        Block::PeakToPeak => i32::from(found.greatest) - i32::from(found.least),
        Block::Crossings => found.crossings,
        Block::Raw | Block::Bands { .. } | Block::Mel(_) => 0,
    }
}
}

mod fft {
//! The fast Fourier transform of complex numbers in i16, with one exponent for all of them.
//!
//! Ahead of each stage all numbers are halved as often as the stage needs so that it cannot overflow, and no
//! more: a quiet signal keeps its digits. Fixed scaling, which halves at every stage, loses them.

use super::sine::{cosine_of_step, sine_of_step};

/// The size of a part up to which a stage cannot overflow: a part grows to at most `1 + sqrt(2)` times this.
pub(super) const ROOM: i32 = 13_572;

/// Replaces `n` complex numbers by their transform, `sum of z[j] e^(-2 pi i j k / n)`. Real and imaginary
/// parts alternate; n is a power of two, 1 to 512, and other lengths are left as they are.
///
/// The transform is the numbers times 2 to the power of the answer.
pub fn transform(values: &mut [i16]) -> i32 {
    let (pairs, rest) = values.as_chunks_mut::<2>();
    let n = pairs.len();
    if !rest.is_empty() || !n.is_power_of_two() || n > 512 {
        return 0;
    }
    in_reversed_order(pairs);
    let mut exponent = 0;
    let mut peak = pairs.iter().flatten().fold(0, |peak, &part| i32::from(part).abs().max(peak));
    let mut half = 1;
    while half < n {
        let mut shift = 0;
        while (peak + (1 << shift >> 1)) >> shift > ROOM {
            shift += 1;
        }
        exponent += shift;
        // The angle of the next twiddle factor, in 1024ths of a turn.
        let step = (512 / half) as u32;
        peak = 0;
        for k in 0..half {
            // One factor serves all groups.
            let angle = k as u32 * step;
            let factor = (angle != 0).then(|| (cosine_of_step(angle), sine_of_step(angle)));
            let mut at = k;
            while let Ok([a, b]) = pairs.get_disjoint_mut([at, at + half]) {
                peak = butterfly(a, b, factor, shift as u32).max(peak);
                at += 2 * half;
            }
        }
        half *= 2;
    }
    exponent
}

/// Halves two numbers `shift` times, and replaces them by `a + w b` and `a - w b`, where `w` is given by its
/// cosine and sine, unless it is 1. Returns the size of the greatest part.
#[inline]
fn butterfly(a: &mut [i16; 2], b: &mut [i16; 2], factor: Option<(i32, i32)>, shift: u32) -> i32 {
    let halved = |part: i16| (i32::from(part) + (1 << shift >> 1)) >> shift;
    let (a_re, a_im) = (halved(a[0]), halved(a[1]));
    let (mut b_re, mut b_im) = (halved(b[0]), halved(b[1]));
    // A factor of 1 is not 32767/32768.
    if let Some((cosine, sine)) = factor {
        let re = b_re * cosine + b_im * sine;
        let im = b_im * cosine - b_re * sine;
        (b_re, b_im) = ((re + (1 << 14)) >> 15, (im + (1 << 14)) >> 15);
    }
    let parts = [a_re + b_re, a_im + b_im, a_re - b_re, a_im - b_im];
    // All of them fit.
    *a = [parts[0] as i16, parts[1] as i16];
    *b = [parts[2] as i16, parts[3] as i16];
    parts.iter().fold(0, |peak, part| part.abs().max(peak))
}

/// Puts number `i` where the bits of `i` say in reversed order.
fn in_reversed_order(pairs: &mut [[i16; 2]]) {
    let bits = pairs.len().trailing_zeros();
    for i in 1..pairs.len() as u32 {
        // There are two numbers or more: the shift is below 32.
        let j = i.reverse_bits() >> (32 - bits);
        if i >= j {
            continue;
        }
        if let Ok([a, b]) = pairs.get_disjoint_mut([i as usize, j as usize]) {
            core::mem::swap(a, b);
        }
    }
}
}

mod filter {
//! Filters of the second order.

/// A filter of the second order: `y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''`, each coefficient in 1/2^29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biquad {
    /// The factors of this sample and of the two before it, each at most 2^30 in size.
    pub b: [i32; 3],
    /// The factors of the two results before this one, each at most 2^30 in size.
    pub a: [i32; 2],
}

/// What a filter knows of the samples so far. The default is that of a filter before its first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BiquadState {
    /// The two samples before, in 1/2^14.
    x: [i32; 2],
    /// The two results before, in 1/2^14.
    y: [i32; 2],
    begun: bool,
}

/// Digits of samples and results behind the point.
const DIGITS: u32 = 14;
/// Digits of coefficients behind the point.
const COEFFICIENT_DIGITS: u32 = 29;

impl BiquadState {
    /// The state before any sample.
    pub const NEW: BiquadState = BiquadState { x: [0; 2], y: [0; 2], begun: false };

    /// The result for a sample. The first sample counts as one that was there for ever: the result is then
    /// the sample itself for a filter that passes what is constant, and otherwise 0.
    pub fn push(&mut self, biquad: &Biquad, sample: i16) -> i16 {
        let x = i32::from(sample) << DIGITS;
        let [b0, b1, b2] = biquad.b.map(i64::from);
        let [a1, a2] = biquad.a.map(i64::from);
        if !self.begun {
            let passes = b0 + b1 + b2 > 0;
            *self = BiquadState { x: [x; 2], y: [if passes { x } else { 0 }; 2], begun: true };
        }
        let ([x1, x2], [y1, y2]) = (self.x.map(i64::from), self.y.map(i64::from));
        // At most 3 * 2^30 * 2^29 + 2 * 2^30 * 2^30, which is below 2^63.
        let sum = b0 * i64::from(x) + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        let y =
            ((sum + (1 << (COEFFICIENT_DIGITS - 1))) >> COEFFICIENT_DIGITS).clamp(-1 << 30, 1 << 30) as i32;
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        ((y + (1 << (DIGITS - 1))) >> DIGITS).clamp(-32767, 32767) as i16
    }
}

/// Filters one behind another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filters<'a>(pub &'a [Biquad]);

impl Filters<'_> {
    /// The result for a sample behind all filters, each of which has its state.
    pub fn push(&self, states: &mut [BiquadState], sample: i16) -> i16 {
        self.0.iter().zip(states).fold(sample, |sample, (biquad, state)| state.push(biquad, sample))
    }
}
}

mod mel {
//! Triangular bands on the mel scale.

use super::decibels::decibels;
use super::spectrum::Spectrum;

/// Triangular bands, each of which rises from the edge before its middle and falls to the edge behind it,
/// where the middle of one is an edge of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MelBank<'a> {
    /// The first bin at or behind each edge, in ascending order: two more than there are bands.
    pub starts: &'a [u16],
    /// For each bin from the first edge to before the last, how far it is between two edges, in 1/4096.
    pub rising: &'a [u16],
}

impl MelBank<'_> {
    /// The number of bands.
    pub const fn bands(&self) -> usize {
        self.starts.len().saturating_sub(2)
    }

    /// The level of each band, in tenths of a decibel.
    pub fn levels(&self, spectrum: &Spectrum<'_>, levels: &mut [i16]) {
        let mut weights = self.rising.iter();
        let mut risen = 0;
        let mut levels = levels.iter_mut();
        let segments = self.starts.iter().zip(self.starts.iter().skip(1));
        for (segment, (&start, &end)) in segments.enumerate() {
            let (mut rising, mut falling) = (0, 0);
            for (bin, &weight) in (start..end).zip(weights.by_ref()) {
                let power = spectrum.power(bin.into());
                let part = product(power, weight);
                rising += part;
                falling += (u64::from(power) << 12).wrapping_sub(part);
            }
            // The first segment ends in the middle of the first band.
            let level = if segment > 0 { levels.next() } else { None };
            if let Some(level) = level {
                *level = decibels(risen + falling, spectrum.exponent() - 12);
            }
            risen = rising;
        }
    }
}

/// The product, by two of 32 bits: a core without longer ones would take a product of 64 bits by software.
fn product(power: u32, weight: u16) -> u64 {
    let weight = u32::from(weight);
    (u64::from((power >> 16) * weight) << 16) + u64::from((power & 0xFFFF) * weight)
}
}

mod plan {
//! What is computed of a signal.

use super::filter::Biquad;
use super::mel::MelBank;

/// Most channels of a signal.
pub const MOST_CHANNELS: u16 = 64;
/// Most samples of a window, and of a hop.
pub const LONGEST: u32 = 65_535;
/// Most filters one behind another.
pub const MOST_FILTERS: usize = 4;
/// Most bands of equal width.
pub const MOST_BANDS: u8 = 64;
/// Most bands on the mel scale.
pub const MOST_MEL_BANDS: usize = 40;
/// The largest transform: the most samples of a window with bands, and of a frame.
pub const LARGEST_FFT: usize = 1024;

/// Features of each lane of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Every sample.
    Raw,
    /// The mean, in 1/16 of a sample's unit.
    Mean,
    /// The standard deviation, in 1/16 of a sample's unit.
    Spread,
    /// The least sample.
    Least,
    /// The greatest sample.
    Greatest,
    /// The difference of the two.
    PeakToPeak,
    /// How often the signal crosses its mean.
    Crossings,
    /// The power in bands of equal width from 0 to half of the rate, in tenths of a decibel, without the
    /// mean.
    Bands {
        /// The number of bands.
        count: u8,
    },
    /// The power in bands on the mel scale, or their cepstrum, of each frame.
    Mel(MelFrames<'a>),
}

/// Short frames of a window, and what is computed of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MelFrames<'a> {
    /// Samples of a frame.
    pub frame: u16,
    /// Samples from the beginning of one frame to that of the next.
    pub step: u16,
    /// The bands of a frame's spectrum.
    pub bank: MelBank<'a>,
    /// The number of coefficients of the cepstrum; 0 for the levels of the bands themselves, in tenths of a
    /// decibel.
    pub coefficients: u8,
}

impl MelFrames<'_> {
    /// The features of a frame.
    pub const fn width(&self) -> usize {
        if self.coefficients == 0 { self.bank.bands() } else { self.coefficients as usize }
    }

    /// The size of a frame's transform.
    pub const fn fft(&self) -> usize {
        size_of_fft(self.frame as usize)
    }

    /// The frames of a window.
    pub const fn frames(&self, window: u32) -> usize {
        match window.checked_sub(self.frame as u32) {
            Some(rest) if self.step > 0 => (rest / self.step as u32) as usize + 1,
            _ => 0,
        }
    }
}

/// The size of the transform of so many samples: a power of two, at least 4.
pub(super) const fn size_of_fft(samples: usize) -> usize {
    if samples < 4 { 4 } else { samples.next_power_of_two() }
}

/// What is computed of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Channels of a sample, 1 to [`MOST_CHANNELS`].
    pub channels: u16,
    /// Samples of a window, 2 to [`LONGEST`].
    pub window: u32,
    /// Samples from the beginning of one window to that of the next, 1 to [`LONGEST`].
    pub hop: u32,
    /// What each channel passes through first.
    pub filters: &'a [Biquad],
    /// Whether `isqrt` of the sum of the squares of all channels is one more lane.
    pub magnitude: bool,
    /// The features, in this order.
    pub blocks: &'a [Block<'a>],
}

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFault {
    /// There are no channels, or more than [`MOST_CHANNELS`].
    Channels,
    /// The window has fewer than 2 samples or more than [`LONGEST`].
    Window,
    /// The hop has no sample or more than [`LONGEST`].
    Hop,
    /// There are more than [`MOST_FILTERS`] filters, or a coefficient is beyond 2^30.
    Filters,
    /// There is no block.
    Blocks,
    /// A number of bands is 0, more than [`MOST_BANDS`], or more than half of the transform's size.
    Bands,
    /// A window with bands is longer than [`LARGEST_FFT`].
    BandsWindow,
    /// A frame has fewer than 16 samples, more than [`LARGEST_FFT`], or more than the window.
    Frame,
    /// The step has no sample, or the hop is no multiple of it.
    Step,
    /// Two blocks have different frames or steps.
    Frames,
    /// Edges of bands on the mel scale that are none.
    Bank,
    /// There are more coefficients than bands.
    Coefficients,
}

impl<'a> Plan<'a> {
    /// What is wrong, if anything is: a plan may be made of what a file says.
    pub fn fault(&self) -> Option<PlanFault> {
        let within = |value: u32, least: u32| (least..=LONGEST).contains(&value);
        let fits = |biquad: &Biquad| {
            biquad.b.iter().chain(&biquad.a).all(|factor| (-(1 << 30)..=1 << 30).contains(factor))
        };
        if self.channels == 0 || self.channels > MOST_CHANNELS {
            Some(PlanFault::Channels)
        } else if !within(self.window, 2) {
            Some(PlanFault::Window)
        } else if !within(self.hop, 1) {
            Some(PlanFault::Hop)
        } else if self.filters.len() > MOST_FILTERS || !self.filters.iter().all(fits) {
            Some(PlanFault::Filters)
        } else if self.blocks.is_empty() {
            Some(PlanFault::Blocks)
        } else {
            self.blocks.iter().find_map(|block| self.fault_of(block))
        }
    }

    fn fault_of(&self, block: &Block<'_>) -> Option<PlanFault> {
        match block {
            Block::Bands { .. } if self.window as usize > LARGEST_FFT => Some(PlanFault::BandsWindow),
            Block::Bands { count } => {
                let bins = size_of_fft(self.window as usize) / 2;
                let fits = (1..=MOST_BANDS).contains(count) && usize::from(*count) <= bins;
                (!fits).then_some(PlanFault::Bands)
            }
            Block::Mel(mel) => self.fault_of_mel(mel),
            _ => None,
        }
    }

    fn fault_of_mel(&self, mel: &MelFrames<'_>) -> Option<PlanFault> {
        let MelBank { starts, rising } = mel.bank;
        let is_same = |other: &MelFrames<'_>| (other.frame, other.step) == (mel.frame, mel.step);
        let (first, last) = (starts.first().copied().unwrap_or(0), starts.last().copied().unwrap_or(0));
        if !(16..=LARGEST_FFT).contains(&usize::from(mel.frame)) || u32::from(mel.frame) > self.window {
            Some(PlanFault::Frame)
        } else if self.hop.checked_rem(mel.step.into()) != Some(0) {
            Some(PlanFault::Step)
        } else if !self.mels().all(|other| is_same(&other)) {
            Some(PlanFault::Frames)
        } else if !(1..=MOST_MEL_BANDS).contains(&mel.bank.bands())
            || !starts.is_sorted()
            || usize::from(last) > mel.fft() / 2 + 1
            || rising.len() != usize::from(last.saturating_sub(first))
            || rising.iter().any(|&weight| weight > 4096)
        {
            Some(PlanFault::Bank)
        } else if usize::from(mel.coefficients) > mel.bank.bands() {
            Some(PlanFault::Coefficients)
        } else {
            None
        }
    }

    /// Samples of a frame; 0 where there are no frames.
    pub(super) const fn frame(&self) -> u16 {
        let mut blocks = self.blocks;
        while let Some((block, rest)) = blocks.split_first() {
            if let Block::Mel(mel) = block {
                return mel.frame;
            }
            blocks = rest;
        }
        0
    }

    /// The blocks of frames.
    pub(super) fn mels(&self) -> impl Iterator<Item = MelFrames<'a>> + use<'a> {
        let of = |block: &Block<'a>| if let Block::Mel(mel) = block { Some(*mel) } else { None };
        self.blocks.iter().filter_map(of)
    }

    /// The channels, and the magnitude where it is asked for.
    pub fn lanes(&self) -> usize {
        usize::from(self.channels) + usize::from(self.magnitude)
    }

    /// The features of a window.
    pub fn features(&self) -> usize {
        self.blocks.iter().map(|block| self.width(block)).sum::<usize>() * self.lanes()
    }

    /// The features of a lane in a block.
    pub fn width(&self, block: &Block<'_>) -> usize {
        match block {
            Block::Raw => self.window as usize,
            Block::Bands { count } => usize::from(*count),
            Block::Mel(mel) => mel.frames(self.window) * mel.width(),
            _ => 1,
        }
    }

    /// The samples of each lane that have to be kept: a window, or a frame where there are only frames.
    pub const fn kept(&self) -> usize {
        let (mut kept, mut blocks) = (0, self.blocks);
        while let Some((block, rest)) = blocks.split_first() {
            let wants = if let Block::Mel(mel) = block { mel.frame as usize } else { self.window as usize };
            if wants > kept {
                kept = wants;
            }
            blocks = rest;
        }
        kept
    }

    /// The length of [`Memory::ring`](super::Memory::ring).
    pub fn ring(&self) -> usize {
        self.kept() * self.lanes()
    }

    /// The length of [`Memory::frames`](super::Memory::frames).
    pub fn frames(&self) -> usize {
        self.mels().map(|mel| mel.frames(self.window) * mel.width()).sum::<usize>() * self.lanes()
    }

    /// The length of [`Memory::scratch`](super::Memory::scratch).
    pub fn scratch(&self) -> usize {
        let of = |block: &Block<'_>| match block {
            Block::Bands { .. } => size_of_fft(self.window as usize),
            Block::Mel(mel) => mel.fft(),
            _ => 0,
        };
        self.blocks.iter().map(of).max().unwrap_or(0)
    }

    /// The length of [`Memory::filters`](super::Memory::filters).
    pub fn states(&self) -> usize {
        self.filters.len() * usize::from(self.channels)
    }
}
}

mod sine {
//! Sine and cosine in integers, the same bits on every target.
//!
//! A quarter of a turn is cut into 64 parts. The table holds the sines at their ends (made at compile time
//! from the power series); from the nearest end, `sin(a + d) = sin a cos d + cos a sin d` with `sin d` and
//! `cos d` by their first two terms: |d| <= pi / 256, so that what is left out is below 2^-29.
//!
//! Signals take fewer digits and less time: a table of the sines of each 1024th of a turn in 1/2^15, made of
//! those, and straight lines between them.

/// Pi in 1/2^60.
const PI_60: i128 = 3_622_009_729_038_561_421;
/// Parts of a quarter of a turn.
const PARTS: usize = 64;
/// A quarter of a turn, and one part of it.
const QUARTER: u32 = 1 << 30;
const PART: u32 = QUARTER / PARTS as u32;

/// Sines of 0 to a quarter of a turn, in 1/2^30.
static SINES: [i32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [i32; PARTS + 1] {
    let mut sines = [0; PARTS + 1];
    let mut i = 0;
    while i <= PARTS {
        let angle = PI_60 * i as i128 / (2 * PARTS as i128);
        let square = (angle * angle) >> 60;
        let (mut term, mut sum, mut k) = (angle, angle, 1);
        while k < 12 {
            term = -((term * square) >> 60) / (2 * k * (2 * k + 1));
            sum += term;
            k += 1;
        }
        sines[i] = ((sum + (1 << 29)) >> 30) as i32;
        i += 1;
    }
    sines
}

const fn multiply(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64 + (1 << 29)) >> 30) as i32
}

/// Sine and cosine, in 1/2^30, of an angle in 1/2^32 of a turn. Both are within 2^-28 of the exact values.
#[allow(clippy::indexing_slicing, reason = "a part of a quarter is one of the table")]
pub const fn sine_cosine_of_turn(turn: u32) -> (i32, i32) {
    let quadrant = turn / QUARTER;
    let within = turn % QUARTER;
    let nearest = (within + PART / 2) / PART;
    // At most half a part; in 1/2^30 of a radian, 2^30 * 2 pi / 2^32 of a turn: pi / 2.
    let offset = within as i64 - (nearest * PART) as i64;
    let d = ((offset * (PI_60 >> 30) as i64 + (1 << 30)) >> 31) as i32;
    let square = multiply(d, d);
    let sine_d = d - multiply(d, square) / 6;
    let cosine_d = (1 << 30) - square / 2;
    let (sine_a, cosine_a) = (SINES[nearest as usize], SINES[PARTS - nearest as usize]);
    let sine = multiply(sine_a, cosine_d) + multiply(cosine_a, sine_d);
    let cosine = multiply(cosine_a, cosine_d) - multiply(sine_a, sine_d);
    match quadrant {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// Parts of a quarter of a turn in the table for signals.
const STEPS: usize = 256;

/// Sines of 0 to a quarter of a turn, in 1/2^15; the last one would be 32768.
static SHORT_SINES: [i16; STEPS + 1] = short_table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn short_table() -> [i16; STEPS + 1] {
    let mut sines = [0; STEPS + 1];
    let mut i = 0;
    while i <= STEPS {
        let (sine, _) = sine_cosine_of_turn(i as u32 * (QUARTER / STEPS as u32));
        let rounded = (sine + (1 << 14)) >> 15;
        sines[i] = if rounded > 32767 { 32767 } else { rounded as i16 };
        i += 1;
    }
    sines
}

/// The sine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn sine_of_step(step: u32) -> i32 {
    let quadrant = step / STEPS as u32 % 4;
    let within = step as usize % STEPS;
    let at = if quadrant.is_multiple_of(2) { within } else { STEPS - within };
    let sine = i32::from(SHORT_SINES.get(at).copied().unwrap_or_default());
    if quadrant < 2 { sine } else { -sine }
}

/// The cosine, in 1/2^15, of so many 1024ths of a turn.
#[inline]
pub(super) fn cosine_of_step(step: u32) -> i32 {
    sine_of_step(step.wrapping_add(STEPS as u32))
}

/// The sine, in 1/2^15, of an angle in 1/2^32 of a turn: on a straight line between two 1024ths.
#[inline]
pub fn sine(turn: u32) -> i32 {
    let step = turn >> 22;
    let fraction = ((turn >> 7) & 0x7FFF) as i32;
    let (from, to) = (sine_of_step(step), sine_of_step(step + 1));
    from + (((to - from) * fraction) >> 15)
}
}

mod spectrum {
//! The power of a signal at each frequency.

use super::fft::{ROOM, transform};
use super::sine::{cosine_of_step, sine, sine_of_step};

/// The transform of real samples, from which the power of each bin is made.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'s> {
    /// The transform of samples taken in pairs as complex numbers.
    pairs: &'s [[i16; 2]],
    /// The binary logarithm of how many pairs there are.
    digits: u32,
    exponent: i32,
}

impl<'s> Spectrum<'s> {
    /// Transforms samples that a Hann window weights, `sin^2(pi i / count)`, without their `mean`.
    ///
    /// `samples` are `count` samples, in two parts; behind them come zeros up to the length of `scratch`,
    /// which is a power of two, 4 to 1024.
    pub fn new(samples: (&[i16], &[i16]), mean: i32, scratch: &'s mut [i16]) -> Spectrum<'s> {
        let all = || samples.0.iter().chain(samples.1).map(|&sample| i32::from(sample) - mean);
        let count = samples.0.len() + samples.1.len();
        let peak = all().fold(0, |peak: i32, value| value.abs().max(peak));
        // A weighted sample has 15 digits more than the weighted peak keeps: as many as there is room for.
        let bits = (i32::BITS - peak.leading_zeros()) as i32;
        let shift =
            bits + if (peak.unsigned_abs() << 15) >> (bits + 1) > ROOM.unsigned_abs() { 2 } else { 1 };
        // 2^32 / count, rounded down.
        let count = count as u32;
        let turn = 0u32.wrapping_sub(count).checked_div(count).unwrap_or_default().wrapping_add(1);
        let mut angle = 1u32 << 30;
        let mut values = scratch.iter_mut();
        for (value, to) in all().zip(&mut values) {
            // (1 - cos) / 2, in 1/2^15.
            let weight = (32768 - sine(angle)) >> 1;
            angle = angle.wrapping_add(turn);
            // At most 65534 * 32767, and the shift is at least 1.
            *to = ((((value * weight) >> (shift - 1)) + 1) >> 1) as i16;
        }
        values.for_each(|value| *value = 0);
        let exponent = transform(scratch) + shift - 15;
        let pairs = scratch.as_chunks().0;
        Spectrum { pairs, digits: pairs.len().trailing_zeros(), exponent }
    }

    /// The power of bin `k`, 0 to half of the transform's size, in units of 2 to the power of
    /// [`exponent`](Self::exponent): `|X(k)|^2`. 0 beyond.
    pub fn power(&self, k: usize) -> u32 {
        let half = self.pairs.len();
        let bin = |k: usize| {
            let pair = self.pairs.get(if k == half { 0 } else { k }).copied().unwrap_or_default();
            pair.map(i32::from)
        };
        if k > half {
            return 0;
        }
        let ([a_re, a_im], [b_re, b_im]) = (bin(k), bin(half - k));
        // The transforms of the samples of even and of odd number, of which the numbers' parts were made.
        let (even_re, even_im) = ((a_re + b_re + 1) >> 1, (a_im - b_im + 1) >> 1);
        let (odd_re, odd_im) = ((a_im + b_im + 1) >> 1, (b_re - a_re + 1) >> 1);
        let angle = (k as u32 * 512).checked_shr(self.digits).unwrap_or_default();
        let (cosine, sine) = (cosine_of_step(angle), sine_of_step(angle));
        let re = even_re + ((odd_re * cosine + odd_im * sine + (1 << 14)) >> 15);
        let im = even_im + ((odd_im * cosine - odd_re * sine + (1 << 14)) >> 15);
        // Each part is at most 32768 (1 + sqrt 2), so that the sum of the squares of halves has 32 bits.
        let square = |part: i32| {
            let half = ((part + 1) >> 1).unsigned_abs();
            half * half
        };
        square(re) + square(im)
    }

    /// A power is in units of 2 to the power of this.
    pub const fn exponent(&self) -> i32 {
        2 * self.exponent + 2
    }
}
}

mod statistics {
//! What the samples of a window have in common.

/// The statistics of the samples of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The mean, in 1/16 of a sample's unit, rounded down.
    pub mean: i32,
    /// The standard deviation of the population, in 1/16 of a sample's unit, rounded down.
    pub spread: i32,
    /// The least sample.
    pub least: i16,
    /// The greatest sample.
    pub greatest: i16,
    /// How often samples go from below the mean to the mean or above, or back.
    pub crossings: i32,
}

impl Statistics {
    /// The statistics of 1 to 65,535 samples; all 0 of none.
    pub fn of(samples: impl Iterator<Item = i16> + Clone) -> Statistics {
        let (mut sum, mut squares, mut count) = (0i32, 0u64, 0u32);
        let (mut least, mut greatest) = (i16::MAX, i16::MIN);
        for sample in samples.clone() {
            let size = u32::from(sample.unsigned_abs());
            sum = sum.wrapping_add(i32::from(sample));
            squares += u64::from(size * size);
            count += 1;
            (least, greatest) = (least.min(sample), greatest.max(sample));
        }
        let Some(mean) = (i64::from(sum) * 16).checked_div_euclid(i64::from(count)) else {
            return Statistics { mean: 0, spread: 0, least: 0, greatest: 0, crossings: 0 };
        };
        // Below 2^62, and at least 0.
        let size = u64::from(sum.unsigned_abs());
        let deviation = (u64::from(count) * squares).wrapping_sub(size * size);
        let per_sample = |value: u64| value.checked_div(u64::from(count)).unwrap_or_default();
        let spread = per_sample(per_sample(deviation) * 256).isqrt() as i32;
        let (mut crossings, mut was_above) = (0, None);
        for sample in samples {
            // x >= sum / count
            let is_above = i32::from(sample).wrapping_mul(count as i32) >= sum;
            crossings += i32::from(was_above.is_some_and(|was_above: bool| was_above != is_above));
            was_above = Some(is_above);
        }
        Statistics { mean: mean as i32, spread, least, greatest, crossings }
    }
}
}
}
