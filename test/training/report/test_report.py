# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.report."""

import base64
import io
import os

from html_page import Page
from matplotlib.image import imread, imsave
import numpy as np
import pytest

from training.report import Document, write_report
from training.report.html import render_html


def picture(value):
    stream = io.BytesIO()
    imsave(stream, np.full((2, 3), value), vmin=0.0, vmax=1.0, format='png')
    return stream.getvalue()


@pytest.fixture
def document():
    document = Document('Pours & <cups>')
    document.paragraph('of `pours.npy`')
    document.heading('Errors')
    document.paragraph('They are **small**.')
    document.bullets(['one', 'two'])
    rows = [['GRU | LSTM', '0.1'], ['theirs', '<0.25']]
    document.table('All of them', ['model', 'MSE'], rows)
    document.heading('Errors')
    document.heading('Of one cup', 3)
    document.figure('first', picture(0.25), 'A pour', 'true and "predicted"')
    document.figure('second', picture(0.75), 'Another', 'and another')
    document.code('python -m training.study --data <file>')
    return document


def test_markdown(document):
    assert (
        document.markdown
        == """# Pours & <cups>

of `pours.npy`

## Errors

They are **small**.

- one
- two

*All of them*

| model       |   MSE |
| ----------- | ----: |
| GRU \\| LSTM |   0.1 |
| theirs      | <0.25 |

## Errors

### Of one cup

![true and "predicted"](figures/first.png)

*A pour*

![and another](figures/second.png)

*Another*

```
python -m training.study --data <file>
```
"""
    )


def test_html_says_the_same(document):
    page = Page(render_html(document))
    texts = ('Pours & <cups>', 'pours.npy', 'small', 'one', 'two', 'All of them', 'GRU | LSTM')
    texts += ('<0.25', 'Of one cup', 'Another', 'python -m training.study --data <file>')
    assert all(text in page.text for text in texts)
    sides = ['', 'text-align:right']
    assert [cell.get('style', '') for cell in page.all('td')] == sides * 2
    images = page.all('img')
    assert [image['alt'] for image in images] == ['true and "predicted"', 'and another']
    content = [base64.b64decode(image['src'].partition(',')[2]) for image in images]
    assert content == [picture(0.25), picture(0.75)]
    anchors = [tag['id'] for name in ('h2', 'h3') for tag in page.all(name)]
    assert anchors == ['errors', 'errors-2', 'of-one-cup']
    assert [link['href'] for link in page.all('a')] == [f'#{anchor}' for anchor in anchors]


def test_html_needs_no_other_file_and_is_made_for_phones_paper_and_the_dark(document):
    text = render_html(document)
    page = Page(text)
    assert not {'link', 'script', 'iframe', 'object'} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        for name in {'src', 'href', 'srcset', 'data'} & set(attributes):
            assert attributes[name].startswith(('data:image/png;base64,', '#'))
    assert 'url(' not in text and '@import' not in text
    for rule in ('width=device-width', 'prefers-color-scheme: dark', '@media print'):
        assert rule in text


def test_html_in_texts_is_text():
    document = Document('a')
    document.paragraph('<script>alert(1)</script> [link](javascript:alert(1))')
    page = Page(render_html(document))
    assert '<script>alert(1)</script>' in page.text
    assert not page.all('script') and not page.all('a')


def test_a_page_loads_nothing():
    """Whatever stands in a name, and a Content-Security-Policy says so to the browser too."""
    document = Document('![of a name](http://example.com/a.png)')
    document.paragraph('![of a text](//example.com/b.png) <img src="http://example.com/c.png">')
    page = Page(render_html(document))
    assert not page.all('img') and 'of a name' in page.text and 'of a text <img' in page.text
    policies = [meta for meta in page.all('meta') if meta.get('http-equiv')]
    (policy,) = [meta['content'] for meta in policies if 'Policy' in meta['http-equiv']]
    sources = dict(rule.split(maxsplit=1) for rule in policy.split('; '))
    assert sources['default-src'] == "'none'" and sources['img-src'] == 'data:'
    assert 'http' not in policy and '*' not in policy


def test_an_earlier_report_is_replaced(document, tmp_path):
    """With its figures, and with those only that the new one has."""
    folder, names = tmp_path / 'new' / 'folder', ['first.png', 'second.png']
    for _ in range(2):
        write_report(document, folder)
        figures = folder / 'figures'
        assert sorted(os.listdir(folder)) == ['figures', 'report.html', 'report.md']
        assert sorted(os.listdir(figures)) == names
        assert (folder / 'report.md').read_text() == document.markdown
        assert (folder / 'report.html').read_text() == render_html(document)
        assert imread(figures / 'first.png').shape == (2, 3, 4)
        (figures / 'first.png').write_bytes(b'old')
        (figures / 'third.png').write_bytes(b'of an earlier report')


def test_tables_are_whole_and_a_list_of_nothing_is_no_list():
    document = Document('a')
    with pytest.raises(ValueError, match=r"table 'errors': expected 2 columns, received \['a'\]"):
        document.table('errors', ['model', 'MSE'], [['a']])
    document.bullets([])
    assert document.markdown == '# a\n'
